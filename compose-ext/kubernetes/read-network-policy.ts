import { readDirections, readRule } from '../extension/read-rule.ts';
import { isWritten } from '../extension/read-selector.ts';
import type { Direction, Policy, PolicyRule } from '../policy-model.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf } from '../syntax/tree-access.ts';
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
  const syntax = {
    source,
    peer: (part: Tree) => readPeer(part, context),
    port: (part: Tree) => readPort(part, context),
  };
  const read = (direction: Direction): PolicyRule[] => {
    const written = itemsOf(get(spec, direction));
    const rules = written.flatMap((rule) => readRule(rule, direction, syntax));
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
