import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './full-kernel.ts';

/** A process for good: numbers are used again, a number with its start time and boot is not. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly started: string;
  readonly boot: string;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** State letter and start time; the command's name, in brackets, may hold anything. */
function statOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

const bootId = (): string => (read('/proc/sys/kernel/random/boot_id') ?? '').trim();

export function identify(pid: number): ProcessId | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : { pid, started: stat.started, boot: bootId() };
}

/** A zombie counts as gone: its namespaces are. */
export function isAlive(id: ProcessId): boolean {
  const stat = statOf(id.pid);
  return stat !== undefined && stat.started === id.started && stat.state !== 'Z' && id.boot === bootId();
}

/** Sends nothing to a process that merely has the same number. */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch {
    return false;
  }
}

export async function waitGone(id: ProcessId, timeout: number): Promise<boolean> {
  const end = Date.now() + patient(timeout);
  while (isAlive(id)) {
    if (Date.now() > end) return false;
    await sleep(20);
  }
  return true;
}

export function childrenOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children.split(' ').filter(Boolean).map(Number);
}

/** The descendant `depth` generations down, as soon as it exists: nsenter and unshare fork before they exec. */
export async function waitDescendant(
  pid: number,
  depth: number,
  timeout = 5_000,
): Promise<number | undefined> {
  const end = Date.now() + patient(timeout);
  while (Date.now() < end) {
    let at: number | undefined = pid;
    for (let generation = 0; generation < depth && at !== undefined; generation++) at = childrenOf(at)[0];
    if (at !== undefined) return at;
    if (identify(pid) === undefined) return undefined;
    await sleep(5);
  }
  return undefined;
}
