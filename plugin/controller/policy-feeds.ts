import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import { createCalculator, type Calculator } from '../../rules/calculator.ts';
import type { NetworkDelta } from '../../rules/network-policy.ts';
import type { AgentSession } from './agent-session.ts';
import { diffCluster } from './cluster-diff.ts';
import { EMPTY_VIEW, type ClusterView, type Placement } from './cluster-view.ts';
import { createNodeFeed, type NodeFeed, type NodeInterest, type PolicySource } from './node-feed.ts';

export interface PolicyFeeds {
  readonly revision: number;
  readonly calculator: Calculator;
  /** Takes the cluster as it is now and tells each subscribed agent what changed for it. */
  advance(view: ClusterView, placement: Placement, sessions: Iterable<AgentSession>): void;
  subscribe(session: AgentSession, placement: Placement): void;
  end(session: AgentSession): void;
  sentTo(session: AgentSession): number;
}

/** One calculator, and a feed for each subscribed agent. */
export function createPolicyFeeds(): PolicyFeeds {
  const calculator = createCalculator();
  const feeds = new Map<AgentSession, NodeFeed>();
  let before = EMPTY_VIEW;
  let firewallsBefore = '[]';
  let revision = 0;

  function source(): PolicySource {
    const networks = calculator.networks();
    return {
      network: (id) => networks.get(id),
      edge: (service) => calculator.edge(service),
      nodeAddresses: calculator.nodeAddresses(),
      settings: calculator.settings(),
      underlay: before.underlay,
    };
  }

  return {
    get revision() {
      return revision;
    },
    calculator,
    advance: (view, placement, sessions) => {
      const changes = diffCluster(before, view);
      const deltas: readonly NetworkDelta[] = changes.length === 0 ? [] : calculator.apply(changes).networks;
      const firewalls = JSON.stringify([...placement.hostFirewalls]);
      const shifted = JSON.stringify(before.underlay) !== JSON.stringify(view.underlay);
      if (changes.length > 0 || shifted || firewalls !== firewallsBefore) revision += 1;
      firewallsBefore = firewalls;
      before = view;
      const policy = source();
      for (const session of sessions) {
        const feed = feeds.get(session);
        const message = feed?.delta(revision, deltas, interestOf(session, placement), policy);
        if (message !== undefined) session.send(message);
      }
    },
    subscribe: (session, placement) => {
      const feed = createNodeFeed();
      feeds.set(session, feed);
      session.send(feed.snapshot(revision, interestOf(session, placement), source()));
    },
    end: (session) => {
      feeds.delete(session);
    },
    sentTo: (session) => feeds.get(session)?.revision ?? 0,
  };
}

/** The networks that a node has or is about to have, and the services that it runs or is an entry to. */
function interestOf(session: AgentSession, placement: Placement): NodeInterest {
  const { node } = session.identity;
  const tasks = placement.tasksByNode.get(node) ?? new Map<string, ServiceKey>();
  return {
    networks: new Set([
      ...(session.report?.networks ?? []).map(({ network }) => network.id),
      ...(placement.networksByNode.get(node) ?? []),
    ]),
    tasks,
    services: new Set([...tasks.values(), ...placement.ingressServices]),
    hostFirewall: placement.hostFirewalls.get(node),
  };
}
