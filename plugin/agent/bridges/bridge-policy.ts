import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import { publishedAt, type PublishedService } from '../../../rules/bridges/published-at.ts';
import type { PublishedAt } from '../../../rules/bridges/bridges.ts';
import { createCalculator } from '../../../rules/calculator.ts';
import type { EdgePolicy, NetworkPolicy } from '../../../rules/network-policy.ts';
import { recordOf } from '../../../rules/record.ts';
import { diffCluster } from '../../controller/cluster-diff.ts';
import { EMPTY_VIEW } from '../../controller/cluster-view.ts';
import type { ServiceProblem } from '../../controller/join-services.ts';
import { NO_BRIDGES, type BridgeFacts } from './bridge-facts.ts';
import { BRIDGES, drawBridges, type BridgeView } from './bridge-view.ts';

/** What this node's own networks call for: computed here, from the labels of the containers that are on them. */
export interface BridgePolicy {
  /** Cheap when nothing changed. */
  update(facts: BridgeFacts): void;
  readonly facts: BridgeFacts;
  readonly view: BridgeView['view'];
  readonly problems: readonly ServiceProblem[];
  readonly network: NetworkPolicy;
  readonly published: readonly PublishedAt[];
  /** Sorted by service. */
  readonly edges: ReadonlyMap<ServiceKey, EdgePolicy>;
  /** Who has which address on a guarded bridge; sorted by address. */
  readonly endpoints: ReadonlyMap<string, ServiceKey>;
}

export function createBridgePolicy(): BridgePolicy {
  const calculator = createCalculator();
  let facts = NO_BRIDGES;
  let drawn = drawBridges(facts);
  let before = EMPTY_VIEW;
  let text = '';
  let network = openNetwork(drawn);
  let published: readonly PublishedAt[] = [];
  let edges: ReadonlyMap<ServiceKey, EdgePolicy> = new Map();

  let owners = ownersOf(drawn);

  function calculate(): void {
    drawn = drawBridges(facts);
    owners = ownersOf(drawn);
    calculator.apply(diffCluster(before, drawn.view));
    before = drawn.view;
    network = calculator.networks().get(BRIDGES) ?? openNetwork(drawn);
    edges = new Map([...calculator.edges()].sort(byKey));
    published = publishedAt(proxied(), {
      endpoints: owners,
      edges,
      evaluator: calculator.evaluator(),
    });
  }

  /** What is published at 127.0.0.1 alone is for the node itself. */
  function proxied(): readonly PublishedService[] {
    const own = facts.containers.flatMap(({ stack, service, published: ports }) =>
      ports.map((port) => ({ ...port, service: `${stack}/${service}` })),
    );
    return [...own, ...facts.swarmPorts].filter(({ loopback }) => !loopback);
  }

  return {
    update: (next) => {
      facts = next;
      const nextText = JSON.stringify(next);
      if (nextText === text) return;
      text = nextText;
      calculate();
    },
    get facts() {
      return facts;
    },
    get view() {
      return drawn.view;
    },
    get problems() {
      return drawn.problems;
    },
    get network() {
      return network;
    },
    get published() {
      return published;
    },
    get edges() {
      return edges;
    },
    get endpoints() {
      return owners;
    },
  };
}

/** Before a container of an annotated project runs, those that are there already keep what they had. */
function openNetwork({ view }: BridgeView): NetworkPolicy {
  const endpoints = [...view.endpoints.values()];
  const services = endpoints.flatMap(({ owner }) => (owner.kind === 'service' ? [owner.service] : []));
  return {
    network: view.networks.get(BRIDGES) ?? {
      ...{ id: BRIDGES, name: BRIDGES, subnets: [], encrypted: false, ingress: false },
    },
    endpoints: recordOf(endpoints.map(({ address, owner }) => [address, owner])),
    services: recordOf(services.map((key) => [key, { ingress: 'open', egress: 'open' }])),
    allows: {},
  };
}

function ownersOf({ view }: BridgeView): ReadonlyMap<string, ServiceKey> {
  const owned = [...view.endpoints.values()].flatMap(({ address, owner }) =>
    owner.kind === 'service' ? [[address, owner.service] as const] : [],
  );
  return new Map(owned.sort(byKey));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
