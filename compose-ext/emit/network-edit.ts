import { isMap, type YAMLMap } from 'yaml';
import type { ComposeFile } from '../load/compose-file.ts';
import type { ExternalSegment } from '../segment/cross-stack.ts';
import type { Segment } from '../segment/plan-segments.ts';
import { get, toPlain } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { copyNode, deletePair, mapNode, ownPair, plainNode, setPair, type Plain } from './node-building.ts';
import { isGenerated } from './service-networks.ts';

/** Declares the segments, and removes those of an earlier `compile` that are no longer planned. */
export function editTopNetworks(
  root: YAMLMap,
  tree: Tree,
  file: ComposeFile,
  segments: readonly Segment[],
  external: readonly ExternalSegment[],
): boolean {
  const wanted = new Map<string, Plain>([
    ...segments.map((segment) => [segment.name, declaration(segment)] as const),
    ...external.map(({ name }) => [name, { external: true }] as const),
  ]);
  const written = get(tree, 'networks');
  const stale = file.networks.filter((network) => isGenerated(network) && !wanted.has(network.name));
  const changed = [...wanted].filter(([name, plain]) => {
    const own = get(written, name);
    return own === undefined || JSON.stringify(toPlain(own)) !== JSON.stringify(plain);
  });
  if (stale.length === 0 && changed.length === 0) return false;
  const own = ownPair(root, 'networks')?.value;
  const networks = isMap(own) ? own : written?.kind === 'map' ? (copyNode(written) as YAMLMap) : mapNode([]);
  if (networks !== own) setPair(root, 'networks', networks);
  for (const { name } of stale) deletePair(networks, name);
  for (const [name, plain] of changed) setPair(networks, name, plainNode(plain));
  return true;
}

/** In the keys that every 3.x schema of `docker stack deploy` takes. */
function declaration({ internal, encrypted }: Segment): Plain {
  return {
    driver: 'overlay',
    attachable: false,
    ...(internal ? { internal: true } : {}),
    ...(encrypted ? { driver_opts: { encrypted: 'true' } } : {}),
    labels: { 'swarmwall.segment': '1' },
  };
}
