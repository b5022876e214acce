import type { ElementStore } from '../nftables/element-store.ts';
import { joinKey } from './keys.ts';

export interface PortRangeVerdict {
  readonly first: number;
  readonly last: number;
  readonly verdict: number;
}

/**
 * The kernel refuses overlapping ranges in one map, and allows may overlap: the ranges of one group (the key
 * ahead of the port) are cut into pieces that don't. Where they overlap, a real allow is before a would-deny, then
 * the older rule.
 */
export function createRangeGroups(store: ElementStore) {
  const groups = new Map<string, Map<string, PortRangeVerdict>>();

  function rewrite(
    set: string,
    prefix: string,
    change: (group: Map<string, PortRangeVerdict>) => void,
  ): void {
    const name = `${set} ${prefix}`;
    const group = groups.get(name) ?? new Map<string, PortRangeVerdict>();
    for (const [range] of cut([...group.values()])) store.drop(set, joinKey(prefix, range));
    change(group);
    if (group.size > 0) groups.set(name, group);
    else groups.delete(name);
    for (const [range, verdict] of cut([...group.values()]))
      store.put(set, joinKey(prefix, range), String(verdict));
  }

  return {
    put(set: string, prefix: string, allow: string, range: PortRangeVerdict): void {
      rewrite(set, prefix, (group) => group.set(allow, range));
    },
    drop(set: string, prefix: string, allow: string): void {
      rewrite(set, prefix, (group) => group.delete(allow));
    },
  };
}

/** Disjoint pieces, in order: port text → verdict. Neighbours with one verdict stay one piece. */
export function cut(ranges: readonly PortRangeVerdict[]): readonly (readonly [string, number])[] {
  const edges = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const pieces: { first: number; last: number; verdict: number }[] = [];
  edges.slice(0, -1).forEach((first, index) => {
    const last = (edges[index + 1] ?? first + 1) - 1;
    const over = ranges.filter((range) => range.first <= first && last <= range.last);
    // Marks compare as wanted: would-deny is a higher bit than the rule's number.
    const verdict = Math.min(...over.map((range) => range.verdict));
    if (over.length === 0) return;
    const previous = pieces.at(-1);
    if (previous?.verdict === verdict && previous.last === first - 1) previous.last = last;
    else pieces.push({ first, last, verdict });
  });
  return pieces.map(({ first, last, verdict }) => [
    first === last ? `${first}` : `${first}-${last}`,
    verdict,
  ]);
}
