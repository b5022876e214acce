import type { Direction, Policy, PolicyRule, PortMatch } from '../policy-model.ts';
import { isPortName, parseProtocol } from '../syntax/port-match.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ReadContext } from './read-context.ts';
import { readPeer } from './read-peer.ts';
import { readDirections, readRule } from './read-rule.ts';
import { readSelector } from './read-selector.ts';

/** One entry of x-swarmwall.policies, already checked by the schema; undefined when it has no name. */
export function readPolicy(tree: Tree, context: ReadContext): Policy | undefined {
  const { stack, source, report } = context;
  const name = textOf(get(tree, 'name'));
  if (!isMapTree(tree) || name === undefined || name === '') return undefined;
  const directions = readDirections(tree);
  const syntax = {
    source,
    peer: (written: Tree) => readPeer(written, context),
    port: (written: Tree) => readPort(written, context),
  };
  const read = (direction: Direction): PolicyRule[] => {
    const rules = get(tree, direction);
    if (directions.includes(direction)) {
      return itemsOf(rules).flatMap((rule) => readRule(rule, direction, syntax));
    }
    if (itemsOf(rules).length > 0 && rules !== undefined) {
      const message = `the ${direction} rules of "${name}" have no effect: policyTypes leaves them out`;
      const hint = `Add "${direction === 'ingress' ? 'Ingress' : 'Egress'}" to policyTypes.`;
      report.warn('ignored-rules', source.at(rules.offset), message, hint);
    }
    return [];
  };
  return {
    name,
    stack,
    target: { kind: 'selector', services: readSelector(get(tree, 'serviceSelector')) },
    directions,
    ingress: read('ingress'),
    egress: read('egress'),
    origin: source.at(tree.offset),
  };
}

/** Undefined: broken, and reported here or by the schema. */
export function readPort(
  tree: Tree,
  { source, report }: Pick<ReadContext, 'source' | 'report'>,
): PortMatch | undefined {
  if (!isMapTree(tree)) return undefined;
  const protocol = parseProtocol(textOf(get(tree, 'protocol')) ?? 'TCP');
  if (protocol === undefined) return undefined;
  const fail = (at: Tree, message: string, hint: string) => {
    report.error('invalid-ports', source.at(at.offset), message, hint);
    return undefined;
  };
  const port = get(tree, 'port');
  const endPort = get(tree, 'endPort');
  const first = port?.kind === 'scalar' ? port.value : undefined;
  const last = endPort?.kind === 'scalar' ? endPort.value : undefined;
  if (port !== undefined && typeof first === 'string' && !isPortName(first)) {
    return fail(port, `"${first}" is not a port name`, 'A number is written without quotes.');
  }
  if (endPort !== undefined) {
    if (typeof first !== 'number')
      return fail(endPort, 'endPort needs a port that is a number', 'Add "port:".');
    if (typeof last !== 'number') return undefined;
    if (last < first) return fail(endPort, `endPort ${last} is below port ${first}`, 'Swap them.');
  }
  if (port === undefined) return { protocol };
  if (typeof first !== 'number' && typeof first !== 'string') return undefined;
  if (typeof last !== 'number' || last === first) return { protocol, port: first };
  return { protocol, port: first, endPort: last };
}
