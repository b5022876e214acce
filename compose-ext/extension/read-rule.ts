import type { Direction, Peer, PolicyRule, PortMatch } from '../policy-model.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

/** How one of the two ways to write a rule, x-swarmwall's and a NetworkPolicy's, is read. */
interface RuleSyntax {
  readonly source: SourceText;
  /** Undefined: broken, and reported. */
  readonly peer: (tree: Tree) => Peer | undefined;
  readonly port: (tree: Tree) => PortMatch | undefined;
}

/** Kubernetes' defaults: always ingress; egress when there are egress rules. */
export function readDirections(spec: Tree | undefined): Direction[] {
  const types = itemsOf(get(spec, 'policyTypes')).map((type) => textOf(type)?.toLowerCase());
  if (types.length === 0)
    return itemsOf(get(spec, 'egress')).length > 0 ? ['ingress', 'egress'] : ['ingress'];
  return (['ingress', 'egress'] as const).filter((direction) => types.includes(direction));
}

export function readRule(tree: Tree, direction: Direction, { source, peer, port }: RuleSyntax): PolicyRule[] {
  if (!isMapTree(tree)) return [];
  const writtenPeers = itemsOf(get(tree, direction === 'ingress' ? 'from' : 'to'));
  const writtenPorts = itemsOf(get(tree, 'ports'));
  const peers = writtenPeers.flatMap((written) => peer(written) ?? []);
  const ports = writtenPorts.flatMap((written) => port(written) ?? []);
  // An empty list means "all": a rule whose peers or ports are all broken must not become one.
  const lost =
    (peers.length === 0 && writtenPeers.length > 0) || (ports.length === 0 && writtenPorts.length > 0);
  return lost ? [] : [{ peers, ports, origin: source.at(tree.offset) }];
}
