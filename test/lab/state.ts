import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from './process-id.ts';

export const STATE_ROOT = '/var/lib/swarmwall-lab';
export const CACHE_ROOT = '/var/cache/swarmwall-lab';

/** What a lab has made outside of its own folder, on disk before it is made. */
export interface LabRecord {
  readonly prefix: string;
  /** The process that made it. A lab whose owner is gone is removed by the next start, unless kept. */
  readonly owner: ProcessId;
  readonly kept: boolean;
  readonly engine: string;
  /** First process of the lab's pid namespace: all else of the lab lives in it, so that it dies with it. */
  readonly init?: ProcessId;
  /** Below every cgroup hierarchy. */
  readonly cgroup: string;
  readonly nodes: readonly NodeRecord[];
  /** First process of the outside host's network namespace. */
  readonly outside?: ProcessId;
}

export interface NodeRecord {
  readonly name: string;
  readonly address: string;
  readonly init: ProcessId;
}

export const labFolder = (prefix: string): string => join(STATE_ROOT, prefix);

export function writeRecord(record: LabRecord): void {
  const folder = labFolder(record.prefix);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'state.json');
  writeFileSync(`${path}.new`, JSON.stringify(record, undefined, 2));
  renameSync(`${path}.new`, path);
}

export function readRecord(prefix: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(labFolder(prefix), 'state.json'), 'utf8')) as LabRecord;
  } catch {
    return undefined;
  }
}

/** Every lab that has a folder, also those that died before they wrote a record. */
export function listPrefixes(): readonly string[] {
  try {
    return readdirSync(STATE_ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
