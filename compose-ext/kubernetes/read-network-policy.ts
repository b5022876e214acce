import { isWritten } from '../extension/read-selector.ts';
import type { Direction, Policy, PolicyRule } from '../policy-model.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { checkLabels } from './label-syntax.ts';
import type { ManifestObject, ObjectContext } from './manifest.ts';
import { nameOf, namespaceOf } from './metadata.ts';
import { networkPolicySchema } from './network-policy-schema.ts';
import { readPeer } from './read-peer.ts';
import { readPort } from './read-port.ts';
import { readLabelSelector } from './read-selector.ts';

const NOTHING_WRITTEN = { matchLabels: {}, matchExpressions: [] };

/** Undefined when it has no name. All its mistakes are in the report; what is broken admits nothing. */
export function readNetworkPolicy(
  { tree, source }: ManifestObject,
  context: ObjectContext,
): Policy | undefined {
  checkSchema(tree, networkPolicySchema, source, context.report);
  checkLabels(get(tree, 'metadata', 'labels'), context);
  const spec = get(tree, 'spec');
  const services = readLabelSelector(get(spec, 'podSelector'), context);
  if (services === undefined) warnSelectsAll(tree, spec, context);
  const directions = readDirections(spec);
  const read = (direction: Direction): PolicyRule[] => {
    const written = itemsOf(get(spec, direction));
    const rules = written.flatMap((rule) => readRule(rule, direction, context));
    if (directions.includes(direction)) return rules;
    if (written.length > 0) warnIgnored(direction, get(spec, direction) ?? tree, context);
    return [];
  };
  const name = nameOf(tree);
  if (name === '') return undefined;
  return {
    name,
    stack: namespaceOf(tree),
    target: { kind: 'selector', services: services ?? NOTHING_WRITTEN },
    directions,
    ingress: read('ingress'),
    egress: read('egress'),
    origin: source.at(tree.offset),
  };
}

/** Kubernetes' defaults: always ingress; egress when there are egress rules. */
function readDirections(spec: Tree | undefined): Direction[] {
  const types = itemsOf(get(spec, 'policyTypes')).map((type) => textOf(type)?.toLowerCase());
  if (types.length === 0)
    return itemsOf(get(spec, 'egress')).length > 0 ? ['ingress', 'egress'] : ['ingress'];
  return (['ingress', 'egress'] as const).filter((direction) => types.includes(direction));
}

function readRule(tree: Tree, direction: Direction, context: ObjectContext): PolicyRule[] {
  if (!isMapTree(tree)) return [];
  const writtenPeers = itemsOf(get(tree, direction === 'ingress' ? 'from' : 'to'));
  const writtenPorts = itemsOf(get(tree, 'ports'));
  const peers = writtenPeers.flatMap((peer) => readPeer(peer, context) ?? []);
  const ports = writtenPorts.flatMap((port) => readPort(port, context) ?? []);
  // An empty list means "all": a rule whose peers or ports are all broken must not become one.
  const lost =
    (peers.length === 0 && writtenPeers.length > 0) || (ports.length === 0 && writtenPorts.length > 0);
  return lost ? [] : [{ peers, ports, origin: context.source.at(tree.offset) }];
}

function warnSelectsAll(tree: Tree, spec: Tree | undefined, { source, report }: ObjectContext): void {
  const at = source.at((isWritten(spec) ? spec : tree).offset);
  const message = `"spec.podSelector" is missing: the policy selects every pod of "${namespaceOf(tree)}"`;
  report.warn('missing-key', at, message, 'Write "podSelector: {}" if that is meant.');
}

function warnIgnored(direction: Direction, at: Tree, { source, report }: ObjectContext): void {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const message = `the ${direction} rules have no effect: policyTypes leaves them out`;
  report.warn('ignored-rules', source.at(at.offset), message, `Add "${type}" to policyTypes.`);
}
