import { parsePrefix, type Prefix, prefixText } from './docker-user/prefixes.ts';
import type { Block, RulePeers } from './side-rule.ts';

/** Addresses that the same rules mean: a block of IPv4 without the parts that other regions are. */
export interface Region extends Block {
  /** Of the rules, those with a block that has these addresses in it; by index. */
  readonly holding: ReadonlySet<number>;
}

interface Node {
  readonly prefix: Prefix;
  /** Blocks that begin here, and blocks that this is an exception of; by index. */
  readonly begins: number[];
  readonly cuts: number[];
}

interface Open {
  readonly prefix: Prefix;
  readonly region: OpenRegion;
  readonly leave: () => void;
}

interface OpenRegion {
  readonly cidr: string;
  readonly except: string[];
  readonly key: string;
  readonly holding: ReadonlySet<number>;
}

/**
 * All of IPv4 in regions: two blocks either share nothing or one is in the other, so their edges make a tree, walked once.
 * A block or exception that cannot be read leaves its block out.
 */
export function regionsOf(rules: readonly Pick<RulePeers, 'blocks'>[]): readonly Region[] {
  const { nodes, owners } = edgesOf(rules);
  const blocksIn = new Map<number, number>();
  const begun = new Set<number>();
  const cut = new Map<number, number>();
  const count = (owner: number, by: number) => blocksIn.set(owner, (blocksIn.get(owner) ?? 0) + by);
  const enter = ({ begins, cuts }: Node): (() => void) => {
    const undo: (() => void)[] = [];
    for (const block of cuts) {
      const before = cut.get(block) ?? 0;
      cut.set(block, before + 1);
      const ends = before === 0 && begun.has(block);
      if (ends) count(owners[block] ?? 0, -1);
      undo.push(() => {
        cut.set(block, before);
        if (ends) count(owners[block] ?? 0, 1);
      });
    }
    for (const block of begins) {
      const holds = (cut.get(block) ?? 0) === 0;
      begun.add(block);
      if (holds) count(owners[block] ?? 0, 1);
      undo.push(() => {
        begun.delete(block);
        if (holds) count(owners[block] ?? 0, -1);
      });
    }
    return () => {
      for (const step of undo.toReversed()) step();
    };
  };
  const regions: OpenRegion[] = [];
  const path: Open[] = [];
  for (const node of nodes) {
    while (path.length > 0 && !contains(path.at(-1)?.prefix, node.prefix)) path.pop()?.leave();
    const leave = enter(node);
    const holding = new Set([...blocksIn].flatMap(([owner, blocks]) => (blocks > 0 ? [owner] : [])));
    const key = [...holding].sort((a, b) => a - b).join(' ');
    const around = path.at(-1)?.region;
    const same = around?.key === key ? around : undefined;
    const region = same ?? { cidr: cidrText(node.prefix), except: [], key, holding };
    if (!same) {
      around?.except.push(prefixText(node.prefix));
      regions.push(region);
    }
    path.push({ prefix: node.prefix, region, leave });
  }
  return regions;
}

/** Every prefix that begins or ends a block, outer before inner. */
function edgesOf(rules: readonly Pick<RulePeers, 'blocks'>[]) {
  const nodes = new Map<string, Node>();
  const nodeAt = (prefix: Prefix): Node => {
    const key = cidrText(prefix);
    const node = nodes.get(key) ?? { prefix, begins: [], cuts: [] };
    nodes.set(key, node);
    return node;
  };
  nodeAt({ network: 0, length: 0 });
  const owners: number[] = [];
  rules.forEach(({ blocks }, owner) => {
    for (const { cidr, except } of blocks) {
      const prefix = parsePrefix(cidr);
      const exceptions = except.map(parsePrefix).filter((each) => each !== undefined);
      if (!prefix || exceptions.length < except.length) continue;
      const block = owners.push(owner) - 1;
      nodeAt(prefix).begins.push(block);
      for (const exception of exceptions) nodeAt(exception).cuts.push(block);
    }
  });
  const sorted = [...nodes.values()].sort(
    ({ prefix: a }, { prefix: b }) => a.network - b.network || a.length - b.length,
  );
  return { nodes: sorted, owners };
}

function contains(outer: Prefix | undefined, inner: Prefix): boolean {
  if (!outer || outer.length > inner.length) return false;
  return inner.network - outer.network < 2 ** (32 - outer.length);
}

function cidrText(prefix: Prefix): string {
  return prefix.length === 0 ? '0.0.0.0/0' : prefixText(prefix);
}
