import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../process/clock.ts';

const POLL = 10_000;

/** Calls back when Swarm renews the node's certificate: at once by inotify, or within seconds by its time. */
export function watchCertificates(folder: string, clock: Clock, onChange: () => void): () => void {
  const file = join(folder, 'swarm-node.crt');
  let stopped = false;
  let last: string | undefined;
  let watcher: ReturnType<typeof watch> | undefined;

  const look = async (): Promise<void> => {
    const at = await stat(file).then(
      ({ mtimeMs, ino }) => `${mtimeMs} ${ino}`,
      () => '',
    );
    if (stopped) return;
    if (last !== undefined && at !== last) onChange();
    last = at;
  };
  const poll = (): void => {
    if (stopped) return;
    void look().then(() => {
      cancel = clock.after(POLL, poll);
    });
  };
  let cancel: () => void = () => undefined;
  try {
    watcher = watch(folder, () => void look());
    watcher.on('error', () => watcher?.close());
  } catch {
    // Not there yet, or no inotify left: the poll sees it.
  }
  poll();
  return () => {
    stopped = true;
    cancel();
    watcher?.close();
  };
}
