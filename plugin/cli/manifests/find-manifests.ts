import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../../compose-ext/diagnostic.ts';
import type { CliIo } from '../io.ts';
import { unreadable } from '../read-source.ts';

export interface FoundFile {
  /** As diagnostics name it. */
  readonly file: string;
  /** By name; else it was found in a directory, where other things may lie too. */
  readonly given: boolean;
}

export interface FoundManifests {
  readonly files: readonly FoundFile[];
  readonly diagnostics: readonly Diagnostic[];
}

const MANIFEST = /\.(?:ya?ml|json)$/iu;

/**
 * Files as given, and of directories those inside at any depth that are called *.yaml, *.yml or *.json, by name.
 * Symbolic links are followed; what is reached twice, or in a circle, is read once.
 */
export async function findManifests(io: CliIo, paths: readonly string[]): Promise<FoundManifests> {
  const files: FoundFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const isNew = async (path: string): Promise<boolean> => {
    const real = await realpath(path);
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  };
  // A list, not a recursion: links can make a tree as deep as they like.
  const waiting = paths.map((file) => ({ file, given: true })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { file, given } = next;
    const path = isAbsolute(file) ? file : join(io.cwd, file);
    try {
      if (file === '-') {
        files.push(next);
        continue;
      }
      const found = await stat(path);
      if (found.isDirectory()) {
        if (!(await isNew(path))) continue;
        const inside = (await readdir(path)).sort().reverse();
        waiting.push(...inside.map((name) => ({ file: join(file, name), given: false })));
      } else if ((given || (found.isFile() && MANIFEST.test(file))) && (await isNew(path))) files.push(next);
    } catch (error) {
      // A link to nowhere that is not called as a manifest is nobody's mistake.
      if (given || MANIFEST.test(file) || (error as NodeJS.ErrnoException).code === 'EACCES')
        diagnostics.push(unreadable(file, error));
    }
  }
  return { files, diagnostics };
}
