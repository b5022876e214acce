import type { ReadContext } from '../extension/read-context.ts';
import { readPeer } from '../extension/read-peer.ts';
import { readPort } from '../extension/read-policy.ts';
import { isWritten, readSelector } from '../extension/read-selector.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import type { PeerReference } from '../load/compose-file.ts';
import type { ClusterPolicy, ClusterRule, Direction, Peer, Tier, TierAction } from '../policy-model.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { clusterPolicySchema } from './cluster-policy-schema.ts';
import { groupReferences, type PolicyObject } from './policy-document.ts';

/** In a policy that has no stack of its own, selectors without stacks mean all of them. */
const EVERY_STACK = { matchLabels: {}, matchExpressions: [] };

/** All its mistakes are in the report; with any, what is returned is not whole. */
export function readClusterPolicy(tree: Tree, { source, report }: ObjectContext): PolicyObject {
  checkSchema(tree, clusterPolicySchema, source, report);
  const references: PeerReference[] = [];
  const context: ReadContext = { stack: '', source, report, references };
  const subject = get(tree, 'subject');
  const [stacks, services] = [get(subject, 'stackSelector'), get(subject, 'serviceSelector')];
  const tier: Tier = textOf(get(tree, 'tier')) === 'Baseline' ? 'baseline' : 'admin';
  const read = (direction: Direction): ClusterRule[] =>
    itemsOf(get(tree, direction)).map((rule) => readRule(rule, direction, tier, context));
  const policy: ClusterPolicy = {
    name: textOf(get(tree, 'name')) ?? '',
    tier,
    priority: Number(textOf(get(tree, 'priority'))),
    subject: {
      ...(isWritten(stacks) && { stacks: readSelector(stacks) }),
      ...(isWritten(services) && { services: readSelector(services) }),
    },
    ingress: read('ingress'),
    egress: read('egress'),
    origin: source.at(tree.offset),
  };
  return { kind: 'policy', policy, groups: groupReferences(references) };
}

function readRule(tree: Tree, direction: Direction, tier: Tier, context: ReadContext): ClusterRule {
  const name = textOf(get(tree, 'name'));
  const action = get(tree, 'action');
  if (tier === 'baseline' && textOf(action) === 'Pass') reportPass(action ?? tree, context);
  const peers = itemsOf(get(tree, direction === 'ingress' ? 'from' : 'to'));
  return {
    ...(name && { name }),
    action: (textOf(action) ?? '').toLowerCase() as TierAction,
    peers: peers.flatMap((peer) => readClusterPeer(peer, context) ?? []),
    ports: itemsOf(get(tree, 'ports')).flatMap((port) => readPort(port, context) ?? []),
    origin: context.source.at(tree.offset),
  };
}

export function reportPass(at: Tree, { source, report }: ObjectContext): void {
  const message = '"Pass" is of the Admin tier only: below the Baseline tier there is nothing to pass to';
  report.error('invalid-value', source.at(at.offset), message, 'Write Allow or Deny.');
}

function readClusterPeer(tree: Tree, context: ReadContext): Peer | undefined {
  if (textOf(get(tree, 'any')) === 'true') return { kind: 'any' };
  const service = get(tree, 'service');
  const name = textOf(service);
  if (service !== undefined && name && !name.includes('/')) {
    const message = `"${name}" could be of any stack: a cluster policy has none of its own`;
    context.report.error(
      'invalid-peer-name',
      context.source.at(service.offset),
      message,
      'Write stack/service.',
    );
    return undefined;
  }
  const peer = readPeer(tree, context);
  return peer?.kind === 'selector' ? { ...peer, stacks: peer.stacks ?? EVERY_STACK } : peer;
}
