import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from './process.ts';

const SOURCES = { listen: 'image/listen.c', probe: 'image/probe.c', wire: 'wire/wire.c' } as const;

export type CTool = keyof typeof SOURCES;
export const C_TOOLS = Object.keys(SOURCES) as readonly CTool[];

/**
 * Path of the tool, compiled once for each state of its source, beside it: so it goes into the virtual machine, which has
 * no compiler, with the rest of the lab. Static, so that it runs in any container.
 */
export async function cTool(tool: CTool): Promise<string> {
  const source = join(import.meta.dirname, SOURCES[tool]);
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const folder = dirname(source);
  const path = join(folder, `${tool}-${hash}`);
  if (existsSync(path)) return path;
  const made = `${path}.${String(process.pid)}`;
  await run('musl-gcc', ['-static', '-O2', '-s', '-Wall', '-Wextra', '-Werror', '-o', made, source]);
  renameSync(made, path);
  const old = new RegExp(`^${tool}-[0-9a-f]{12}$`);
  for (const name of readdirSync(folder))
    if (old.test(name) && name !== basename(path)) rmSync(join(folder, name), { force: true });
  return path;
}
