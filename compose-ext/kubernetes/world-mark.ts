import type { Peer } from '../policy-model.ts';
import { parseCidr } from '../syntax/cidr.ts';
import { get, textOf } from '../syntax/tree-access.ts';
import type { ManifestObject, WorldMark } from './manifest.ts';
import { nameOf, namespaceOf } from './metadata.ts';

/**
 * Kubernetes has no word for "outside the cluster". An exported policy says it in two blocks, all of IPv4 and all of
 * IPv6, each without the pods' addresses; this annotation, whose value lists those, tells an import what was meant.
 */
export const WORLD_ANNOTATION = 'swarmwall/world';

const FAMILIES = [
  { cidr: '0.0.0.0/0', kind: 'ipv4' },
  { cidr: '::/0', kind: 'ipv6' },
] as const;

/** The peers that stand for the world, next to each other. */
export function worldBlocks({ except }: WorldMark): readonly Extract<Peer, { kind: 'ipBlock' }>[] {
  return FAMILIES.map(({ cidr, kind }) => ({
    kind: 'ipBlock',
    cidr,
    except: except.filter((block) => parseCidr(block)?.address.kind() === kind),
  }));
}

/** Peers with the pairs of blocks that stand for the world put back; a mark alone changes nothing else. */
export function withWorld(peers: readonly Peer[], mark: WorldMark | undefined): readonly Peer[] {
  if (!mark) return peers;
  const [first, second] = worldBlocks(mark).map((block) => JSON.stringify(block));
  return peers.flatMap((peer, index): Peer[] => {
    const [before, own, after] = [peers[index - 1], peer, peers[index + 1]].map((each) =>
      JSON.stringify(each),
    );
    if (own === first && after === second) return [{ kind: 'world' }];
    return own === second && before === first ? [] : [peer];
  });
}

/** A value that is no list of blocks is nobody's mark. */
export function readWorlds(policies: readonly ManifestObject[]): ReadonlyMap<string, WorldMark> {
  return new Map(
    policies.flatMap(({ tree }) => {
      const written = textOf(get(tree, 'metadata', 'annotations', WORLD_ANNOTATION));
      const except = written?.split(' ').filter((word) => word !== '');
      if (!except?.every((block) => parseCidr(block)?.text === block)) return [];
      return [[`${namespaceOf(tree)}/${nameOf(tree)}`, { except }]];
    }),
  );
}

export function formatMark({ except }: WorldMark): string {
  return except.join(' ');
}
