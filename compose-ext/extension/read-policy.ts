import type { Direction, Policy, PolicyRule, PortMatch } from '../policy-model.ts';
import { isPortName, parseProtocol } from '../syntax/port-match.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ReadContext } from './read-context.ts';
import { readPeer } from './read-peer.ts';
import { readSelector } from './read-selector.ts';

/** One entry of x-swarmwall.policies, already checked by the schema; undefined when it has no name. */
export function readPolicy(tree: Tree, context: ReadContext): Policy | undefined {
  const { stack, source, report } = context;
  const name = textOf(get(tree, 'name'));
  if (!isMapTree(tree) || name === undefined || name === '') return undefined;
  const directions = readDirections(tree);
  const read = (direction: Direction): PolicyRule[] => {
    const rules = get(tree, direction);
    if (directions.includes(direction)) {
      return itemsOf(rules).flatMap((rule) => readRule(rule, direction, context));
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

/** Kubernetes' defaults: always ingress; egress when there are egress rules. */
function readDirections(tree: Tree): Direction[] {
  const types = itemsOf(get(tree, 'policyTypes')).map((type) => textOf(type)?.toLowerCase());
  if (types.length === 0) {
    return itemsOf(get(tree, 'egress')).length > 0 ? ['ingress', 'egress'] : ['ingress'];
  }
  return (['ingress', 'egress'] as const).filter((direction) => types.includes(direction));
}

function readRule(tree: Tree, direction: Direction, context: ReadContext): PolicyRule[] {
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
