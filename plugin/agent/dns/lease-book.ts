import type { ServiceKey } from '../../../compose-ext/policy-model.ts';

/** That a name had an address; `until` by `Clock.elapsed`. */
export interface Lease {
  readonly service: ServiceKey;
  readonly name: string;
  readonly address: string;
  readonly until: number;
}

export interface LeaseLimits {
  readonly names: number;
  readonly addresses: number;
}

/** Of one service. A wildcard and a hostile DNS could give any number. */
export const LEASE_LIMITS: LeaseLimits = { names: 256, addresses: 1_024 };

/** Leases that ended are kept while connections made under them go on: whoever keeps the book says when they go. */
export interface LeaseBook {
  of(service: ServiceKey): readonly Lease[];
  services(): readonly ServiceKey[];
  all(): readonly Lease[];
  /** False, and nothing is changed: the service would have more than it may. */
  grant(leases: readonly Lease[]): boolean;
  keep(wanted: (lease: Lease) => boolean): void;
}

export function createLeaseBook(saved: readonly Lease[] = [], limits: LeaseLimits = LEASE_LIMITS): LeaseBook {
  const byService = new Map<ServiceKey, Map<string, Lease>>();
  for (const lease of saved) leasesOf(lease.service).set(keyOf(lease), lease);

  function leasesOf(service: ServiceKey): Map<string, Lease> {
    const found = byService.get(service) ?? new Map<string, Lease>();
    byService.set(service, found);
    return found;
  }

  function fits(leases: Iterable<Lease>): boolean {
    const [names, addresses] = [new Set<string>(), new Set<string>()];
    for (const { name, address } of leases) {
      names.add(name);
      addresses.add(address);
    }
    return names.size <= limits.names && addresses.size <= limits.addresses;
  }

  return {
    of: (service) => [...(byService.get(service)?.values() ?? [])],
    services: () => [...byService.keys()],
    all: () => [...byService.values()].flatMap((leases) => [...leases.values()]),
    grant: (leases) => {
      const [first] = leases;
      if (first === undefined) return true;
      const held = leasesOf(first.service);
      const next = new Map(held);
      for (const lease of leases) {
        const until = Math.max(lease.until, next.get(keyOf(lease))?.until ?? 0);
        next.set(keyOf(lease), { ...lease, until });
      }
      if (next.size > held.size && !fits(next.values())) return false;
      byService.set(first.service, next);
      return true;
    },
    keep: (wanted) => {
      for (const [service, leases] of byService) {
        for (const [key, lease] of leases) if (!wanted(lease)) leases.delete(key);
        if (leases.size === 0) byService.delete(service);
      }
    },
  };
}

function keyOf({ name, address }: Lease): string {
  return `${name} ${address}`;
}
