import type { Clock } from '../process/clock.ts';
import { watchCertificates } from '../tls/certificate-watch.ts';
import { readIdentity, type NodeRole } from '../tls/certificates.ts';

/** Calls back with what Swarm's certificate says this node is, now and whenever that changes; undefined: in no Swarm. */
export function followRole(
  folder: string,
  clock: Clock,
  onRole: (role: NodeRole | undefined) => void,
): () => void {
  let stopped = false;
  let last: NodeRole | undefined;
  let pending: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const role = await readIdentity(folder).then(
      (identity) => identity.role,
      () => undefined,
    );
    if (stopped || role === last) return;
    last = role;
    onRole(role);
  };
  // One after the other: a slow look at the old certificate must not have the last word.
  const look = (): void => {
    pending = pending.then(read);
  };
  const unwatch = watchCertificates(folder, clock, look);
  look();
  return () => {
    stopped = true;
    unwatch();
  };
}
