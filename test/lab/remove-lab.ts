import { readdirSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, signal, waitGone } from './process-id.ts';
import { LabError } from './process.ts';
import { labFolder, listPrefixes, readRecord } from './state.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';

/**
 * Removes a lab, alive or dead. Killing its first process ends its pid namespace, and with the last process go
 * the network and mount namespaces: nothing of a lab is mounted or named outside of them.
 */
export async function removeLab(prefix: string): Promise<void> {
  const record = readRecord(prefix);
  if (record?.init !== undefined) {
    signal(record.init, 'SIGKILL');
    if (!(await waitGone(record.init, 60_000)))
      throw new LabError('lab-undead', `Lab ${prefix}: process ${record.init.pid} does not go away.`);
  }
  if (record !== undefined) removeCgroups(record.cgroup);
  rmSync(labFolder(prefix), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes what labs left whose owners are gone; returns their prefixes. */
export async function removeDeadLabs(): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const prefix of listPrefixes()) {
    const record = readRecord(prefix);
    if (record === undefined) {
      // A folder without a record: either it is being made at this moment, or its maker died before it began.
      if (Date.now() - statSync(labFolder(prefix)).mtimeMs < 10_000) continue;
    } else if (record.kept ? record.init !== undefined && isAlive(record.init) : isAlive(record.owner)) {
      continue;
    }
    await removeLab(prefix);
    removed.push(prefix);
  }
  return removed;
}

/** Both cgroup versions: the lab's own folder at the top of each hierarchy, leaves first. */
function removeCgroups(name: string): void {
  for (const top of [CGROUP_ROOT, ...folders(CGROUP_ROOT)]) removeTree(join(top, name));
}

function removeTree(folder: string): void {
  for (const child of folders(folder)) removeTree(child);
  try {
    rmdirSync(folder);
  } catch {
    // Absent in this hierarchy, or emptied a moment later by the kernel: an empty cgroup costs nothing.
  }
}

function folders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}
