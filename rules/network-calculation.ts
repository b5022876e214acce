import { isDeepStrictEqual } from 'node:util';
import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { MultiMap } from './multi-map.ts';
import type { EndpointOwner, NetworkDelta, NetworkInfo, NetworkPolicy } from './network-policy.ts';
import type { NetworkTable } from './network-policy-store.ts';
import { type AllowChanges, PairIndex } from './pair-index.ts';
import type { Party } from './party.ts';
import { recordOf } from './record.ts';

type Parties = ReadonlyMap<ServiceKey, Party>;

/**
 * One network: who is on it, and what has changed since it was last told. It has a policy while it is announced
 * and a guarded service has an endpoint on it. Endpoints of services that are not known yet are left out, so
 * the kernel denies them.
 */
export class NetworkCalculation {
  readonly #id: string;
  /** Shared by all networks: where each service has endpoints. */
  readonly #placements: MultiMap<ServiceKey, string>;
  readonly #owners = new Map<string, EndpointOwner>();
  readonly #addresses = new MultiMap<ServiceKey, string>();
  readonly #guarded = new Set<ServiceKey>();
  #info: NetworkInfo | undefined;
  #index: PairIndex | undefined;
  #dirtyAddresses = new Set<string>();
  #dirtyServices = new Set<ServiceKey>();

  constructor(id: string, placements: MultiMap<ServiceKey, string>) {
    this.#id = id;
    this.#placements = placements;
  }

  get info(): NetworkInfo | undefined {
    return this.#info;
  }

  get isEmpty(): boolean {
    return this.#info === undefined && this.#owners.size === 0;
  }

  hasEndpoint(address: string): boolean {
    return this.#owners.has(address);
  }

  announce(info: NetworkInfo | undefined): void {
    this.#info = info;
  }

  touchService(key: ServiceKey): void {
    this.#dirtyServices.add(key);
  }

  setEndpoint(address: string, owner: EndpointOwner | undefined): void {
    const before = this.#owners.get(address);
    if (isDeepStrictEqual(before, owner)) return;
    if (before) this.#disown(address, before);
    if (owner) this.#own(address, owner);
    this.#dirtyAddresses.add(address);
  }

  /** What changed since the last call; `told` is what the earlier deltas came to. */
  flush(parties: Parties, told: NetworkTable | undefined): NetworkDelta | undefined {
    const services = this.#dirtyServices;
    const addresses = this.#dirtyAddresses;
    this.#dirtyServices = new Set();
    this.#dirtyAddresses = new Set();
    for (const key of services) {
      if (this.#present(key, parties)?.guarded) this.#guarded.add(key);
      else this.#guarded.delete(key);
    }
    if (!this.#info || this.#guarded.size === 0) return this.#withdraw(told);
    if (!this.#index || !told || !isDeepStrictEqual(told.network, this.#info))
      return this.#tellWhole(this.#info, parties);
    return this.#tellChanges(this.#index, told, parties, services, addresses);
  }

  #own(address: string, owner: EndpointOwner): void {
    this.#owners.set(address, owner);
    if (owner.kind !== 'service' || !this.#addresses.add(owner.service, address)) return;
    this.#placements.add(owner.service, this.#id);
    this.#dirtyServices.add(owner.service);
  }

  #disown(address: string, owner: EndpointOwner): void {
    this.#owners.delete(address);
    if (owner.kind !== 'service' || !this.#addresses.delete(owner.service, address)) return;
    this.#placements.delete(owner.service, this.#id);
    this.#dirtyServices.add(owner.service);
  }

  #present(key: ServiceKey, parties: Parties): Party | undefined {
    return this.#addresses.has(key) ? parties.get(key) : undefined;
  }

  #known(owner: EndpointOwner | undefined, parties: Parties): EndpointOwner | undefined {
    return owner?.kind === 'service' && !parties.has(owner.service) ? undefined : owner;
  }

  #withdraw(told: NetworkTable | undefined): NetworkDelta | undefined {
    this.#index = undefined;
    return told && { network: this.#id, removed: true };
  }

  #tellWhole(network: NetworkInfo, parties: Parties): NetworkDelta {
    const members = new Map<ServiceKey, Party>();
    for (const key of this.#addresses.keys()) {
      const party = parties.get(key);
      if (party) members.set(key, party);
    }
    this.#index = new PairIndex();
    const whole: NetworkPolicy = {
      network,
      endpoints: recordOf([...this.#owners].filter(([, owner]) => this.#known(owner, parties))),
      services: recordOf([...members].map(([key, party]) => [key, party.overlayStance])),
      allows: recordOf(this.#index.update(members)) as NetworkPolicy['allows'],
    };
    return { network: this.#id, whole };
  }

  #tellChanges(
    index: PairIndex,
    told: NetworkTable,
    parties: Parties,
    services: ReadonlySet<ServiceKey>,
    addresses: Set<string>,
  ): NetworkDelta | undefined {
    const changed = new Map<ServiceKey, Party | undefined>();
    for (const key of services) {
      const party = this.#present(key, parties);
      if (index.has(key) !== (party !== undefined))
        for (const address of this.#addresses.get(key)) addresses.add(address);
      changed.set(key, party);
    }
    const endpoints = differences(addresses, told.endpoints, (address) =>
      this.#known(this.#owners.get(address), parties),
    );
    const stances = differences(changed.keys(), told.services, (key) => changed.get(key)?.overlayStance);
    return delta(this.#id, endpoints, stances, index.update(changed));
  }
}

/** Null: gone. */
function differences<T>(
  keys: Iterable<string>,
  before: ReadonlyMap<string, T>,
  after: (key: string) => T | undefined,
): ReadonlyMap<string, T | null> {
  const changes = new Map<string, T | null>();
  for (const key of keys) {
    const value = after(key);
    if (!isDeepStrictEqual(before.get(key), value)) changes.set(key, value ?? null);
  }
  return changes;
}

function delta(
  network: string,
  endpoints: ReadonlyMap<string, EndpointOwner | null>,
  services: ReadonlyMap<ServiceKey, Party['overlayStance'] | null>,
  allows: AllowChanges,
): NetworkDelta | undefined {
  if (endpoints.size + services.size + allows.size === 0) return undefined;
  return {
    network,
    ...(endpoints.size > 0 && { endpoints: recordOf(endpoints) }),
    ...(services.size > 0 && { services: recordOf(services) }),
    ...(allows.size > 0 && { allows: recordOf(allows) }),
  };
}
