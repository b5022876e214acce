import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../compose-ext/diagnostic.ts';
import type { FoundFile, WantedFile } from '../../compose-ext/index.ts';
import { CliFailure } from './failure.ts';
import type { CliIo } from './io.ts';

export const STDIN_NAME = '<stdin>';

export type Source =
  | { readonly kind: 'text'; readonly file: string; readonly text: string }
  | { readonly kind: 'unreadable'; readonly diagnostic: Diagnostic };

const REASONS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ['no such file', 'Check the path; `-` reads standard input.'],
  EACCES: ['permission denied', 'Make the file readable for this user.'],
  EISDIR: ['is a directory', 'Give a file in it, such as compose.yaml.'],
};

function bad(file: string, message: string, hint: string): Diagnostic {
  return { code: 'unreadable-file', severity: 'error', message, file, line: 1, column: 1, hint };
}

/** What the file system said of it, as a diagnostic. */
export function unreadable(file: string, error: unknown): Diagnostic {
  const reason = (error as NodeJS.ErrnoException).code ?? '';
  const [message, hint] = REASONS[reason] ?? [`cannot be read (${reason || String(error)})`, ''];
  return bad(file, message, hint);
}

function inFolder(io: CliIo, file: string): string {
  return isAbsolute(file) ? file : join(io.cwd, file);
}

/** A file that cannot be read is a diagnostic too: all mistakes of a run are shown at once. */
export async function readSource(io: CliIo, file: string): Promise<Source> {
  const name = file === '-' ? STDIN_NAME : file;
  const unsaved = io.unsaved?.get(name);
  if (unsaved !== undefined) return { kind: 'text', file: name, text: unsaved };
  let bytes: Buffer;
  try {
    bytes = file === '-' ? await io.readStdin() : await readFile(inFolder(io, file));
  } catch (error) {
    return { kind: 'unreadable', diagnostic: unreadable(name, error) };
  }
  if (bytes.includes(0))
    return { kind: 'unreadable', diagnostic: bad(name, 'is not text', 'It must be YAML in UTF-8.') };
  try {
    return { kind: 'text', file: name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'unreadable', diagnostic: bad(name, 'is not UTF-8', 'Save it as UTF-8.') };
  }
}

/** More than Compose text is read of. */
const MAX_INCLUDED_BYTES = 8 * 1024 * 1024;

/** A file that another one names: only plain files of a sane size, so that a device or a pipe holds nobody up. */
export async function readIncluded(io: CliIo, { path }: WantedFile): Promise<FoundFile> {
  try {
    const there = await stat(inFolder(io, path));
    if (!there.isFile())
      return { kind: 'unreadable', reason: there.isDirectory() ? 'is a directory' : 'is no plain file' };
    if (there.size > MAX_INCLUDED_BYTES) return { kind: 'unreadable', reason: 'is too large' };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return { kind: 'unreadable', reason: REASONS[reason]?.[0] ?? reason };
  }
  const source = await readSource(io, path);
  if (source.kind === 'text') return { kind: 'text', text: source.text };
  return { kind: 'unreadable', reason: source.diagnostic.message };
}

/** Whole or not at all: a reader never sees half a file. What is no plain file (`/dev/stdout`) is never replaced. */
export async function writeWhole(io: CliIo, file: string, text: string): Promise<void> {
  const path = inFolder(io, file);
  try {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile()) return await writeFile(path, text);
    const made = `${path}.${process.pid}.tmp`;
    await writeFile(made, text);
    await rename(made, path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliFailure('unwritable-file', `${file}: cannot be written (${reason})`, { cause: error });
  }
}

/** Of a file that was read as `before`: whole or not at all, with its mode, its byte order mark and its links kept. */
export async function replaceText(io: CliIo, file: string, before: string, after: string): Promise<void> {
  try {
    const path = await realpath(inFolder(io, file));
    const bytes = await readFile(path);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
    if (text.slice(mark.length) !== before)
      throw new CliFailure('unwritable-file', `${file}: changed meanwhile; nothing was written to it`);
    const made = `${path}.${process.pid}.tmp`;
    try {
      await writeFile(made, mark + after, { flag: 'wx' });
      await chmod(made, (await stat(path)).mode & 0o7777);
      await rename(made, path);
    } catch (error) {
      await rm(made, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliFailure('unwritable-file', `${file}: cannot be written (${reason})`, { cause: error });
  }
}
