import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process.ts';

const SOURCE = join(import.meta.dirname, 'wire.c');
const BINARY = /^wire-[0-9a-f]{12}$/;

/**
 * Path of `wire`, compiled once for each state of its source, beside it: so it goes into the virtual machine, which has
 * no compiler, with the rest of the lab. Static, so that it runs in any container.
 */
export async function wireTool(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
  const path = join(import.meta.dirname, `wire-${hash}`);
  if (existsSync(path)) return path;
  const made = `${path}.${String(process.pid)}`;
  await run('musl-gcc', ['-static', '-O2', '-s', '-Wall', '-Wextra', '-Werror', '-o', made, SOURCE]);
  renameSync(made, path);
  for (const old of readdirSync(import.meta.dirname).filter((name) => BINARY.test(name)))
    if (!path.endsWith(old)) rmSync(join(import.meta.dirname, old), { force: true });
  return path;
}
