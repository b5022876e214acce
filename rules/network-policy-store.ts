import type { ServiceKey } from '../compose-ext/policy-model.ts';
import type {
  Allow,
  EndpointOwner,
  NetworkDelta,
  NetworkInfo,
  NetworkPolicy,
  ServiceStance,
} from './network-policy.ts';
import { recordOf } from './record.ts';

type Changes<T> = Readonly<Record<string, T | null>>;

/** A delta of a network that was never told whole changes nothing. */
export function applyNetworkDelta(
  policy: NetworkPolicy | undefined,
  delta: NetworkDelta,
): NetworkPolicy | undefined {
  if (delta.removed) return undefined;
  if (delta.whole) return delta.whole;
  return (
    policy && {
      network: policy.network,
      endpoints: patched(policy.endpoints, delta.endpoints),
      services: patched(policy.services, delta.services),
      allows: patched(policy.allows, delta.allows),
    }
  );
}

/** Every network's policy, following deltas at the cost of the change, not of the network. */
export class NetworkPolicyStore {
  readonly #tables = new Map<string, NetworkTable>();

  get size(): number {
    return this.#tables.size;
  }

  apply(delta: NetworkDelta): void {
    if (delta.removed) this.#tables.delete(delta.network);
    else if (delta.whole) this.#tables.set(delta.network, new NetworkTable(delta.whole));
    else this.#tables.get(delta.network)?.apply(delta);
  }

  /** For look-ups; it changes with the next delta. */
  table(network: string): NetworkTable | undefined {
    return this.#tables.get(network);
  }

  get(network: string): NetworkPolicy | undefined {
    return this.#tables.get(network)?.policy();
  }

  /** Stays as it is. Costs the networks that changed since the last one. */
  snapshot(): ReadonlyMap<string, NetworkPolicy> {
    return new Map([...this.#tables].map(([id, table]) => [id, table.policy()]));
  }
}

export class NetworkTable {
  readonly network: NetworkInfo;
  readonly #endpoints: Map<string, EndpointOwner>;
  readonly #services: Map<ServiceKey, ServiceStance>;
  readonly #allows: Map<string, Allow>;
  #policy: NetworkPolicy | undefined;

  constructor(policy: NetworkPolicy) {
    this.network = policy.network;
    this.#endpoints = new Map(Object.entries(policy.endpoints));
    this.#services = new Map(Object.entries(policy.services));
    this.#allows = new Map(Object.entries(policy.allows));
    this.#policy = policy;
  }

  get endpoints(): ReadonlyMap<string, EndpointOwner> {
    return this.#endpoints;
  }

  get services(): ReadonlyMap<ServiceKey, ServiceStance> {
    return this.#services;
  }

  get allows(): ReadonlyMap<string, Allow> {
    return this.#allows;
  }

  apply(delta: NetworkDelta): void {
    patch(this.#endpoints, delta.endpoints);
    patch(this.#services, delta.services);
    patch(this.#allows, delta.allows);
    this.#policy = undefined;
  }

  policy(): NetworkPolicy {
    this.#policy ??= {
      network: this.network,
      endpoints: recordOf(this.#endpoints),
      services: recordOf(this.#services),
      allows: recordOf(this.#allows),
    };
    return this.#policy;
  }
}

function patch<T>(map: Map<string, T>, changes: Changes<T> = {}): void {
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
}

function patched<T>(record: Readonly<Record<string, T>>, changes: Changes<T> | undefined) {
  if (!changes) return record;
  const map = new Map(Object.entries(record));
  patch(map, changes);
  return recordOf(map);
}
