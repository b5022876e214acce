import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Joi from 'joi';
import { ANOMALY_KINDS, type Anomaly } from '../../../rules/anomalies/anomaly.ts';
import {
  toSavedHabits,
  toSavedUsual,
  type SavedHabits,
  type SavedUsual,
} from '../../../rules/anomalies/saved-habits.ts';
import { Fault } from '../../fault.ts';

const VERSION = 1;
const NAME = 'anomalies.jsonl';
/** What does not fit is what was used least of late. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What an earlier controller on this manager learnt and told. */
export interface AnomalyMemory {
  /** Milliseconds since 1970: when it was written. */
  readonly at: number;
  /** What was used last comes first. */
  readonly saved: readonly (SavedHabits | SavedUsual)[];
  /** Oldest first. */
  readonly told: readonly Anomaly[];
}

export interface AnomalyMemoryFile {
  /** Undefined when there is none. @throws Fault `state-unreadable` */
  read(): Promise<AnomalyMemory | undefined>;
  /** Or what was there stays. Returns whether all of it had room. @throws Fault `state-unwritable` */
  write(memory: MemoryToWrite): Promise<boolean>;
}

type MemoryToWrite = Omit<AnomalyMemory, 'saved'> & { readonly saved: Iterable<SavedHabits | SavedUsual> };

const text = Joi.string().allow('').max(16_384);
/** Sums of what agents say may be beyond what is exact. */
const count = Joi.number().unsafe();
const end = Joi.object({ kind: text.required(), name: text.required(), addresses: Joi.array().items(text) });
const anomalySchema = Joi.object({
  kind: Joi.valid(...ANOMALY_KINDS).required(),
  at: count.required(),
  summary: text.required(),
  source: end.required(),
  destination: end,
  nodes: Joi.array().items(text).required(),
  evidence: Joi.object({
    ...{ count: count.required(), threshold: count.required(), unit: text.required() },
    ...{ windowSeconds: count.required(), first: count.required(), last: count.required() },
    samples: Joi.array().items(text).required(),
  }).required(),
});

/** JSON lines: a head, then a service, a pair or an anomaly each. */
export function anomalyMemoryFile(folder: string): AnomalyMemoryFile {
  const path = join(folder, NAME);
  return {
    read: async () => {
      const file = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined;
        throw new Fault('state-unreadable', `${path} can't be read`, { cause });
      });
      if (file === undefined) return undefined;
      try {
        return toMemory(file);
      } catch (cause) {
        throw new Fault('state-unreadable', `${path} is damaged`, { cause });
      }
    },
    write: async (memory) => {
      const { lines, whole } = toLines(memory);
      const next = `${path}.next`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const file = await open(next, 'w', 0o600);
        try {
          await file.writeFile(lines.join(''));
        } finally {
          await file.close();
        }
        await rename(next, path);
      } catch (cause) {
        // Where there is no folder, there is nothing to remove.
        await rm(next, { force: true, recursive: true }).catch(() => undefined);
        throw new Fault('state-unwritable', `${path} can't be written`, { cause });
      }
      return whole;
    },
  };
}

function toLines({ at, saved, told }: MemoryToWrite) {
  const lines = [{ version: VERSION, at }, ...told].map(toLine);
  let bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  for (const one of saved) {
    const line = toLine(one);
    bytes += Buffer.byteLength(line);
    // What is beyond is not even made: it may be a hundred times as much.
    if (bytes > MOST_BYTES) return { lines, whole: false };
    lines.push(line);
  }
  return { lines, whole: true };
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function toMemory(file: string): AnomalyMemory {
  const [head, ...lines] = file
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
  const { at } = Joi.attempt(head, Joi.object({ version: Joi.valid(VERSION), at: count }), {
    presence: 'required',
  }) as { at: number };
  const saved: (SavedHabits | SavedUsual)[] = [];
  const told: Anomaly[] = [];
  for (const line of lines) {
    const one = toSavedHabits(line) ?? toSavedUsual(line);
    if (one !== undefined) saved.push(one);
    else told.push(Joi.attempt(line, anomalySchema, { convert: false }) as Anomaly);
  }
  return { at, saved, told };
}
