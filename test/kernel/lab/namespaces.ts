import { execFileSync } from 'node:child_process';

export const PREFIX = 'swk-';

/** Runs a program to its end and gives its output; throws with what it said on stderr. */
export function run(file: string, args: readonly string[], input?: string): string {
  return execFileSync(file, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
    ...(input === undefined ? {} : { input }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export function inNamespace(
  namespace: string,
  file: string,
  args: readonly string[],
  input?: string,
): string {
  return run('nsenter', [`--net=/run/netns/${namespace}`, file, ...args], input);
}

export function addNamespace(namespace: string): void {
  run('ip', ['netns', 'add', namespace]);
  inNamespace(namespace, 'ip', ['link', 'set', 'lo', 'up']);
}

/** Those of a run that died, too: the process that made them is in their names. */
export function removeNamespaces(own: readonly string[]): void {
  const names = run('ip', ['netns', 'list'])
    .split('\n')
    .flatMap((line) => line.split(' ').slice(0, 1));
  for (const name of names) if (own.includes(name) || isAbandoned(name)) run('ip', ['netns', 'delete', name]);
}

/** Unique to this process: suites of several runs may share a machine. */
export function namespaceName(role: string): string {
  return `${PREFIX}${process.pid}-${role}`;
}

function isAbandoned(name: string): boolean {
  const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
