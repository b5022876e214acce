import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import { isListed, leaseKeys, mayReach } from '../../../rules/dns-egress/lease-keys.ts';
import type { EdgeNames } from '../../../rules/network-policy.ts';
import type { Lease } from './lease-book.ts';
import type { NamedFlow, WantedElement, WantedElements } from './lease-sets.ts';

/** A service with rules by name, and the addresses of its tasks here. */
export interface NamedService {
  readonly service: ServiceKey;
  readonly names: EdgeNames;
  readonly tasks: readonly string[];
}

/** What the kernel shall hold for these leases of the service that have not ended. */
export function wantedElements(
  { names, tasks }: NamedService,
  leases: readonly Lease[],
  now: number,
): WantedElements {
  const wanted = new Map<string, WantedElement>();
  for (const { name, address, until } of leases) {
    if (until <= now) continue;
    for (const { set, rest } of leaseKeys(names, name, address))
      for (const task of tasks) {
        const key = `${task} . ${rest}`;
        const id = `${set} ${key}`;
        wanted.set(id, { set, key, until: Math.max(until, wanted.get(id)?.until ?? 0) });
      }
  }
  return wanted;
}

/** Whether some lease of the service, ended or not, is why this connection may go on. */
export function mayGoOn({ names }: NamedService, leases: readonly Lease[], flow: NamedFlow): boolean {
  return leases.some(
    ({ name, address }) =>
      address === flow.address &&
      isListed(names, name) &&
      mayReach(names, name, address, flow.protocol, flow.port),
  );
}
