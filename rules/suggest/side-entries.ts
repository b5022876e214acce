import { formatPeer, type LabelPeer } from '../../compose-ext/index.ts';
import type { EdgePort } from './sayable.ts';
import type { PortEvidence, SuggestedEntry } from './suggestion.ts';
import type { Weighed } from './weigh-evidence.ts';

/** Entries of one side as they grow: one a peer, with its ports. */
export type SideEntries = Map<string, { readonly peer: LabelPeer; readonly evidence: PortEvidence[] }>;

export function addPeer(
  entries: SideEntries,
  peer: LabelPeer,
  port: EdgePort,
  edges: readonly Weighed[],
): void {
  const text = formatPeer(peer);
  const entry = entries.get(text) ?? { peer, evidence: [] };
  entries.set(text, entry);
  entry.evidence.push({
    port,
    flows: edges.reduce((sum, { edge }) => sum + edge.connections, 0),
    first: Math.min(...edges.map(({ edge }) => edge.first)),
    last: Math.max(...edges.map(({ edge }) => edge.last)),
    nodes: [...new Set(edges.flatMap(({ edge }) => edge.nodes))].sort(),
    ...(peer.kind === 'service' ? {} : { addresses: edges.length }),
  });
}

/** Services by name, then addresses; ports by number. The same flows in any order give the same text. */
export function entriesOf(entries: SideEntries): readonly SuggestedEntry[] {
  return [...entries.values()]
    .toSorted(
      (a, b) => compare(rank(a.peer), rank(b.peer)) || compare(formatPeer(a.peer), formatPeer(b.peer)),
    )
    .map(({ peer, evidence }) => {
      const sorted = evidence.toSorted(
        (a, b) => compare(a.port.port ?? 0, b.port.port ?? 0) || compare(a.port.protocol, b.port.protocol),
      );
      return { entry: { peer, ports: sorted.map(({ port }) => port) }, evidence: sorted };
    });
}

function rank({ kind }: LabelPeer): number {
  return kind === 'service' ? 0 : kind === 'world' ? 1 : 2;
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
