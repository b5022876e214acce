import { access } from 'node:fs/promises';

/** The node's own /run, seen from a container that shares the node's process ids. */
const HOST_RUN = '/proc/1/root/run';

/**
 * iptables-legacy reads a table, changes it and writes it whole: without a lock that dockerd takes too, one's change
 * would undo the other's. The lock is a file of the node, which the plugin's own /run is not.
 */
export async function hostLock(run = HOST_RUN): Promise<Readonly<Record<string, string>>> {
  return access(run).then(
    () => ({ XTABLES_LOCKFILE: `${run}/xtables.lock` }),
    () => ({}),
  );
}
