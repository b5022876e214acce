import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_SETTINGS, type ClusterSettings } from '../compose-ext/cluster-policy/settings.ts';
import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { createEdgePolicies } from './edge-policy.ts';
import { type Evaluator, evaluatorOf } from './evaluator.ts';
import { MultiMap } from './multi-map.ts';
import { NearPairs } from './near-pairs.ts';
import { NetworkCalculation } from './network-calculation.ts';
import type { ClusterChange, EdgePolicy, NetworkDelta, NetworkPolicy } from './network-policy.ts';
import { NetworkPolicyStore } from './network-policy-store.ts';
import { recordOf } from './record.ts';
import { Roster } from './roster.ts';
import { createWhereabouts } from './whereabouts.ts';

export interface CalculatorDelta {
  readonly networks: readonly NetworkDelta[];
  /** Null: no longer guarded, or gone. */
  readonly edges: Readonly<Record<ServiceKey, EdgePolicy | null>>;
  /** Present when they changed; sorted. */
  readonly nodeAddresses?: readonly string[];
}

/** The incremental index that every node's programs come from. The order of changes to different things is free. */
export interface Calculator {
  apply(changes: readonly ClusterChange[]): CalculatorDelta;
  networks(): ReadonlyMap<string, NetworkPolicy>;
  edge(key: ServiceKey): EdgePolicy | undefined;
  edges(): ReadonlyMap<ServiceKey, EdgePolicy>;
  nodeAddresses(): readonly string[];
  settings(): ClusterSettings;
  /** Things it keeps, of every kind: 0 when all were removed. */
  size(): number;
  /** Of the cluster as it is whenever it is asked. */
  evaluator(): Evaluator;
}

export function createCalculator(): Calculator {
  return new IncrementalCalculator();
}

class IncrementalCalculator implements Calculator {
  readonly #roster = new Roster();
  readonly #store = new NetworkPolicyStore();
  readonly #networks = new Map<string, NetworkCalculation>();
  readonly #placements = new MultiMap<ServiceKey, string>();
  readonly #edges = new Map<ServiceKey, EdgePolicy>();
  readonly #near = new NearPairs();
  #dirty = new Set<string>();
  #nodeAddresses: readonly string[] = [];
  #settings: ClusterSettings = DEFAULT_SETTINGS;

  apply(changes: readonly ClusterChange[]): CalculatorDelta {
    const addressesBefore = this.#nodeAddresses;
    for (const change of changes) this.#note(change);
    const services = this.#roster.refresh();
    for (const key of services)
      for (const network of this.#placements.get(key)) this.#network(network).touchService(key);
    const moved = !isDeepStrictEqual(addressesBefore, this.#nodeAddresses);
    return {
      networks: this.#flushNetworks(),
      edges: this.#updateEdges(services),
      ...(moved && { nodeAddresses: this.#nodeAddresses }),
    };
  }

  networks(): ReadonlyMap<string, NetworkPolicy> {
    return this.#store.snapshot();
  }

  edge(key: ServiceKey): EdgePolicy | undefined {
    return this.#edges.get(key);
  }

  edges(): ReadonlyMap<ServiceKey, EdgePolicy> {
    return new Map(this.#edges);
  }

  nodeAddresses(): readonly string[] {
    return this.#nodeAddresses;
  }

  settings(): ClusterSettings {
    return this.#settings;
  }

  size(): number {
    const inputs = [this.#roster, this.#networks, this.#placements, this.#dirty];
    const results = [this.#edges, this.#near, this.#store];
    const kept: readonly { readonly size: number }[] = [...inputs, ...results];
    return kept.reduce((total, { size }) => total + size, this.#nodeAddresses.length);
  }

  evaluator(): Evaluator {
    return evaluatorOf({
      party: (key) => this.#roster.parties.get(key),
      whereabouts: (address) => {
        const networks = [...this.#networks.values()];
        if (networks.some((network) => network.hasEndpoint(address))) return 'cluster';
        const subnets = networks.flatMap((network) => network.info?.subnets ?? []);
        const { metadataAddresses } = this.#settings;
        return createWhereabouts(this.#nodeAddresses, subnets, metadataAddresses)(address);
      },
    });
  }

  #note(change: ClusterChange): void {
    switch (change.kind) {
      case 'stack':
        return this.#roster.setStack(change.stack.name, change.stack);
      case 'stack-removed':
        return this.#roster.setStack(change.name, undefined);
      case 'service':
        return this.#roster.setService(change.service.key, change.service);
      case 'service-removed':
        return this.#roster.setService(change.key, undefined);
      case 'network':
        return this.#network(change.network.id).announce(change.network);
      case 'network-removed':
        return this.#network(change.id).announce(undefined);
      case 'endpoint':
        return this.#network(change.endpoint.network).setEndpoint(
          change.endpoint.address,
          change.endpoint.owner,
        );
      case 'endpoint-removed':
        return this.#network(change.network).setEndpoint(change.address, undefined);
      case 'nodes':
        this.#nodeAddresses = change.addresses.toSorted();
        return;
      case 'cluster-policies':
        return this.#roster.setClusterPolicies(change.policies);
      case 'groups':
        return this.#roster.setGroups(change.groups);
      case 'settings':
        this.#settings = change.settings;
        return this.#roster.setMetadata(change.settings.metadataAddresses);
    }
  }

  /** To change it, hence dirty from now on. */
  #network(id: string): NetworkCalculation {
    this.#dirty.add(id);
    const known = this.#networks.get(id);
    if (known) return known;
    const network = new NetworkCalculation(id, this.#placements);
    this.#networks.set(id, network);
    return network;
  }

  #flushNetworks(): readonly NetworkDelta[] {
    const deltas: NetworkDelta[] = [];
    for (const id of this.#dirty) {
      const network = this.#networks.get(id);
      const delta = network?.flush(this.#roster.parties, this.#store.table(id));
      if (network?.isEmpty) this.#networks.delete(id);
      if (!delta) continue;
      this.#store.apply(delta);
      deltas.push(delta);
    }
    this.#dirty = new Set();
    return deltas;
  }

  #updateEdges(services: ReadonlySet<ServiceKey>): Readonly<Record<ServiceKey, EdgePolicy | null>> {
    const changes = new Map<ServiceKey, EdgePolicy | null>();
    const edgePolicyOf = createEdgePolicies();
    const parties = this.#roster.parties;
    const near = this.#near.update(new Map([...services].map((key) => [key, parties.get(key)])));
    for (const key of new Set([...services, ...near])) {
      const party = parties.get(key);
      const edge = party && edgePolicyOf(party, this.#near.to(key));
      if (isDeepStrictEqual(edge, this.#edges.get(key))) continue;
      changes.set(key, edge ?? null);
      if (edge) this.#edges.set(key, edge);
      else this.#edges.delete(key);
    }
    return recordOf(changes);
  }
}
