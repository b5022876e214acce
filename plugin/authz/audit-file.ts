import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';

export interface AuditFileOptions {
  readonly folder: string;
  /** What files begin with; `audit` when absent. */
  readonly name?: string;
  /** A file is closed at this size, or at this age. */
  readonly fileBytes: number;
  readonly fileAge: number;
  /** Closed files are removed after this. */
  readonly keepFor: number;
  /** Of all files: the oldest go earlier when they are more, which is said. */
  readonly totalBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface AuditFile {
  /** Whole lines. Throws what the disk says. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Of a file that is full or old: when it was closed. */
const CLOSED = /^-(\d{8}T\d{9}Z)(?:-\d+)?\.jsonl$/u;

export const currentFile = (name: string): string => `${name}.jsonl`;
export const isClosedFile = (name: string, file: string): boolean =>
  file.startsWith(name) && CLOSED.test(file.slice(name.length));

/** `audit.jsonl`, and `audit-20261121T174500123Z.jsonl` for each file that is full or old. */
export function auditFile(options: AuditFileOptions): AuditFile {
  const { folder, clock, log, name: kind = 'audit' } = options;
  const path = join(folder, currentFile(kind));
  let file: FileHandle | undefined;
  let size = 0;
  let since = 0;

  async function opened(): Promise<FileHandle> {
    if (file !== undefined) return file;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    file = await open(path, 'a', 0o600);
    const there = await file.stat();
    size = there.size;
    // One that a restart left goes on, as old as it is.
    since = size === 0 ? clock.now() : Math.min(there.birthtimeMs || clock.now(), clock.now());
    await prune();
    return file;
  }

  async function rotate(): Promise<void> {
    await file?.close();
    file = undefined;
    await rename(path, await freeName(folder, kind, clock.now()));
  }

  async function prune(): Promise<void> {
    const kept: { readonly name: string; readonly bytes: number; readonly at: number }[] = [];
    for (const name of (await readdir(folder)).filter((each) => isClosedFile(kind, each)).sort()) {
      const { size: bytes, mtimeMs } = await stat(join(folder, name));
      if (clock.now() - mtimeMs > options.keepFor) await rm(join(folder, name), { force: true });
      else kept.push({ name, bytes, at: mtimeMs });
    }
    let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes, at } of kept) {
      // Room for the one that is being written.
      if (total + options.fileBytes <= options.totalBytes) break;
      await rm(join(folder, name), { force: true });
      total -= bytes;
      log.warn(
        { file: name, days: (clock.now() - at) / 86_400_000, totalBytes: options.totalBytes },
        `the ${kind} log is as large as it may be: its oldest file was removed before its time`,
      );
    }
  }

  return {
    append: async (text) => {
      const bytes = Buffer.byteLength(text);
      const before = await opened();
      const full = size > 0 && (size + bytes > options.fileBytes || clock.now() - since >= options.fileAge);
      if (full) await rotate();
      try {
        await (full ? await opened() : before).appendFile(text);
      } catch (error) {
        // It may be another disk's next time.
        await file?.close().catch((why: unknown) => {
          log.debug({ why: asFault(why).message }, `the ${kind} log could not be closed`);
        });
        file = undefined;
        throw error;
      }
      size += bytes;
    },
    close: async () => {
      await file?.close();
      file = undefined;
    },
  };
}

async function freeName(folder: string, kind: string, now: number): Promise<string> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:.]/gu, '');
  const taken = new Set(await readdir(folder));
  for (let count = 0; ; count += 1) {
    const name = `${kind}-${stamp}${count === 0 ? '' : `-${count}`}.jsonl`;
    if (!taken.has(name)) return join(folder, name);
  }
}
