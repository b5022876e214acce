import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process.ts';
import { bundle } from './bundle.ts';
import { C_TOOLS, cTool } from '../c-tool.ts';
import { REPOSITORY } from './machine-disk.ts';

export interface MachineJob {
  /** TypeScript of this checkout that `argv` runs, each made one file: `test/lab/cli.ts` → `test/lab/cli.mjs`. */
  readonly programs: readonly string[];
  /** Runs in the checkout as root; no shell. */
  readonly argv: readonly string[];
}

/** What goes in of the checkout besides: scripts of the lab, files that tests read, the bundle that nodes run. */
const FILES = ['package.json', 'test/lab', 'examples', 'dist'];

/** A tar for the machine's init. `folder` is for its making. */
export async function packJob(folder: string, { programs, argv }: MachineJob): Promise<Buffer> {
  const staged = join(folder, 'job');
  mkdirSync(staged);
  await bundle(programs, staged);
  const words = ['env', 'LAB_FULL_KERNEL=1', ...argv];
  writeFileSync(join(staged, '.job'), words.map((word) => `${word}\0`).join(''));
  for (const tool of C_TOOLS) await cTool(tool);
  const tar = join(folder, 'job.tar');
  await run('tar', ['-cf', tar, '-C', REPOSITORY, ...FILES, '-C', staged, '.']);
  rmSync(staged, { recursive: true });
  return readFileSync(tar);
}
