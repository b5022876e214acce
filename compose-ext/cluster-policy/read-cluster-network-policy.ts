import type { ObjectContext } from '../kubernetes/manifest.ts';
import { nameOf } from '../kubernetes/metadata.ts';
import { readCidr } from '../kubernetes/read-peer.ts';
import { readLabelSelector } from '../kubernetes/read-selector.ts';
import { isWritten } from '../extension/read-selector.ts';
import type { ClusterPolicy, ClusterRule, Direction, Peer, Tier, TierAction } from '../policy-model.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { clusterNetworkPolicySchema } from './cluster-network-policy-schema.ts';
import type { PolicyObject } from './policy-document.ts';
import { reportPass } from './read-cluster-policy.ts';
import { readProtocol } from './read-protocol.ts';

const ACTIONS: Readonly<Record<string, TierAction>> = { Accept: 'allow', Deny: 'deny', Pass: 'pass' };

/** Kubernetes' own kind, with stacks for namespaces and services for pods. What has no like here is an error. */
export function readClusterNetworkPolicy(tree: Tree, context: ObjectContext): PolicyObject {
  checkSchema(tree, clusterNetworkPolicySchema, context.source, context.report);
  const spec = get(tree, 'spec');
  const tier: Tier = textOf(get(spec, 'tier')) === 'Baseline' ? 'baseline' : 'admin';
  const read = (direction: Direction): ClusterRule[] =>
    itemsOf(get(spec, direction)).map((rule) => readRule(rule, direction, tier, context));
  const policy: ClusterPolicy = {
    name: nameOf(tree),
    tier,
    priority: Number(textOf(get(spec, 'priority'))),
    subject: readSelected(get(spec, 'subject'), context) ?? {},
    ingress: read('ingress'),
    egress: read('egress'),
    origin: context.source.at(tree.offset),
  };
  return { kind: 'policy', policy, groups: [] };
}

function readRule(tree: Tree, direction: Direction, tier: Tier, context: ObjectContext): ClusterRule {
  const name = textOf(get(tree, 'name'));
  const action = get(tree, 'action');
  if (tier === 'baseline' && textOf(action) === 'Pass') reportPass(action ?? tree, context);
  const peers = itemsOf(get(tree, direction === 'ingress' ? 'from' : 'to'));
  const protocols = itemsOf(get(tree, 'protocols'));
  const named = protocols.find((protocol) => isWritten(get(protocol, 'destinationNamedPort')));
  if (named !== undefined && peers.some((peer) => isWritten(get(peer, 'networks')))) {
    const message = 'a named port cannot stand with networks: addresses have no names for their ports';
    context.report.error('invalid-ports', context.source.at(named.offset), message, 'Write its number.');
  }
  return {
    ...(name && { name }),
    action: ACTIONS[textOf(action) ?? ''] ?? 'deny',
    peers: peers.flatMap((peer) => readPeers(peer, context)),
    ports: protocols.flatMap((protocol) => readProtocol(protocol, context)),
    origin: context.source.at(tree.offset),
  };
}

/** Of `namespaces`, or of `pods`. Undefined: neither is there. */
function readSelected(tree: Tree | undefined, context: ObjectContext): ClusterPolicy['subject'] | undefined {
  const stacks = readLabelSelector(
    get(tree, 'namespaces') ?? get(tree, 'pods', 'namespaceSelector'),
    context,
  );
  const services = readLabelSelector(get(tree, 'pods', 'podSelector'), context);
  if (stacks === undefined && services === undefined) return undefined;
  return { ...(stacks && { stacks }), ...(services && { services }) };
}

function readPeers(tree: Tree, context: ObjectContext): Peer[] {
  const { source, report } = context;
  const unlike = (key: 'nodes' | 'domainNames', message: string, hint: string): void => {
    const written = get(tree, key);
    if (isWritten(written)) report.error('not-carried-over', source.at(written.offset), message, hint);
  };
  unlike(
    'nodes',
    'nodes as peers cannot be carried over: Swarm nodes are not selected by labels here',
    'Write their addresses under networks.',
  );
  unlike(
    'domainNames',
    'domain names as peers cannot be carried over: packets are judged by address',
    'Write address blocks under networks.',
  );
  const selected = readSelected(tree, context);
  if (selected !== undefined) return [{ kind: 'selector', ...selected, stacks: selected.stacks ?? EVERY }];
  return itemsOf(get(tree, 'networks')).flatMap((item) => readNetwork(item, context));
}

const EVERY = { matchLabels: {}, matchExpressions: [] };

/**
 * A network is checked against traffic inside the cluster as well, so 0.0.0.0/0 is everybody. Any other block means
 * what is outside: a Swarm's services have no addresses that a policy could know.
 */
function readNetwork(item: Tree, context: ObjectContext): Peer[] {
  const cidr = readCidr(item, context);
  if (cidr === undefined) return [];
  if (cidr.text === '0.0.0.0/0') return [{ kind: 'any' }];
  const message = `${cidr.text} means addresses outside the cluster only; in Kubernetes it means pods' own as well`;
  context.report.warn('outside-only', context.source.at(item.offset), message, 'Name services by selectors.');
  return [{ kind: 'ipBlock', cidr: cidr.text, except: [] }];
}
