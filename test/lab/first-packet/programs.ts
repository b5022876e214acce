import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../process.ts';

const DIST = join(dirname(dirname(dirname(import.meta.dirname))), 'dist');

/** Where the nodes, and so the tasks that mount it, see what this machine has in `dist`. */
export const PROGRAMS = '/opt/swarmwall';

/** The outside host has this machine's files. */
export const RECEIVE = join(DIST, 'receive');

/** Static programs, as a shell is slow to its first packet. */
export async function buildPrograms(): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  for (const name of ['shoot', 'receive', 'reach']) {
    const [from, to] = [join(import.meta.dirname, `${name}.c`), join(DIST, name)];
    if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) continue;
    const made = `${to}.${process.pid}`;
    await run('musl-gcc', ['-static', '-s', '-O2', '-D_DEFAULT_SOURCE', '-o', made, from]);
    renameSync(made, to);
  }
}
