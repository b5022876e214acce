import { mkdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ImportedStack } from '../../../compose-ext/index.ts';
import { CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { writeWhole } from '../read-source.ts';

/** `DIR/STACK.yaml` each; their names. Somebody's work is not replaced unless told so: then no file is written at all. */
export async function writeStacks(
  io: CliIo,
  folder: string,
  stacks: readonly ImportedStack[],
  force: boolean,
): Promise<readonly string[]> {
  const files = stacks.map(({ stack, text }) => ({ file: join(folder, `${stack}.yaml`), text }));
  try {
    await mkdir(inFolder(io, folder), { recursive: true });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliFailure('unwritable-file', `${folder}: is no directory and cannot be made (${reason})`, {
      cause: error,
    });
  }
  const others: string[] = [];
  for (const { file, text } of force ? [] : files) {
    const there = await readThere(inFolder(io, file));
    if (there !== undefined && there !== text) others.push(file);
  }
  if (others.length > 0)
    throw new CliFailure('unwritable-file', `${others.join(', ')}: already there, and says something else`, {
      hint: 'Write into another directory, or replace with --force. Nothing was written.',
    });
  for (const { file, text } of files) await writeWhole(io, file, text);
  return files.map(({ file }) => file);
}

function inFolder(io: CliIo, path: string): string {
  return isAbsolute(path) ? path : join(io.cwd, path);
}

/** Undefined: nothing is there. */
async function readThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliFailure('unwritable-file', `${path}: is there already, and cannot be read`, {
      cause: error,
    });
  }
}
