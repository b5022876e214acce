import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';

const ROOT = dirname(dirname(import.meta.dirname));
export const EXAMPLES = join(ROOT, 'examples', 'monitoring');

export type Program = 'prometheus' | 'promtool' | 'prometheus-alertmanager' | 'amtool';

/** Debian's, unpacked by `node .ci/prepare.mjs monitoring`. */
function pathOf(program: Program): string {
  return join(ROOT, 'dist', 'monitoring', 'usr', 'bin', program);
}

/** What it says, or an error with it. */
export function check(program: Program, ...args: readonly string[]): string {
  return execFileSync(pathOf(program), [...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** Alertmanager reads its templates where its package installs them: in a mount namespace of its own they are there. */
function withTemplates(program: Program, args: readonly string[]): readonly [string, ...string[]] {
  if (program !== 'prometheus-alertmanager') return [pathOf(program), ...args];
  const shared = join(ROOT, 'dist', 'monitoring', 'usr', 'share');
  const mount = 'mount --bind "$0" /usr/share && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', mount, shared, pathOf(program), ...args];
}

export interface StartedProgram {
  /** What it said so far: for a person to whom a test failed. */
  said(): string;
  stop(): Promise<void>;
}

export function start(program: Program, ...args: readonly string[]): StartedProgram {
  const [file, ...given] = withTemplates(program, args);
  const child: ChildProcess = spawn(file, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  const ended = once(child, 'exit');
  return {
    said: () => said,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** One that nobody has now, on loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
