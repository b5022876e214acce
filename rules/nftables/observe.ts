import type { Family, ObservedProgram } from './program.ts';
import { readElements } from './observed-elements.ts';

/** The part of `nft -n -j list table …` that we read; anything else is left alone. */
export interface NftObject {
  readonly table?: { readonly family: Family; readonly name: string };
  readonly chain?: { readonly name: string; readonly hook?: string; readonly policy?: string };
  readonly set?: NftSet;
  readonly map?: NftSet;
  readonly counter?: { readonly name: string; readonly packets: number };
  readonly rule?: { readonly chain: string; readonly comment?: string };
}

export interface NftSet {
  readonly name: string;
  readonly type?: SetType;
  readonly flags?: string | readonly string[];
  readonly timeout?: number;
  readonly comment?: string;
  readonly elem?: unknown;
}

/** Names of types, or what `typeof` was given: which, is the version's choice. */
export type SetType = string | readonly string[] | { readonly typeof?: Expression };
interface Expression {
  readonly concat?: readonly Expression[];
  readonly meta?: { readonly key?: string };
}

/** Arguments for nft, in the namespace, whose output `parseObserved` takes. */
export function listTableArguments(family: Family, table: string): readonly string[] {
  // Numeric: names would need the machine's /etc/protocols and /etc/services.
  return ['-n', '-j', 'list', 'table', family, table];
}

/** A table as the kernel holds it; undefined when the output has none. */
export function parseObserved(json: string): ObservedProgram | undefined {
  const objects = readObjects(json);
  const table = objects.find((object) => object.table)?.table;
  if (!table) return undefined;
  const chains = objects.flatMap(({ chain }) => (chain ? [chain] : []));
  const sets = objects.flatMap(({ set }) => (set ? [set] : []));
  const maps = objects.flatMap(({ map }) => (map ? [map] : []));
  return {
    family: table.family,
    table: table.name,
    version: observedVersion(objects),
    elements: new Map(
      [...sets, ...maps].filter((set) => !isDynamic(set)).map((set) => [set.name, readElements(set)]),
    ),
    objects: {
      chains: chains.map(({ name, hook, policy }) => ({
        name,
        hooked: hook !== undefined,
        ...(policy === undefined ? {} : { policy }),
      })),
      sets: [
        ...sets.map(({ name, comment = '' }) => ({ name, map: false, declaration: comment })),
        ...maps.map(({ name, comment = '' }) => ({ name, map: true, declaration: comment })),
      ],
      counters: objects.flatMap(({ counter }) => (counter ? [counter.name] : [])),
    },
  };
}

export function readObjects(json: string): readonly NftObject[] {
  const { nftables } = JSON.parse(json) as { readonly nftables?: readonly NftObject[] };
  return nftables ?? [];
}

/** Sets that rules fill are listed with a timeout. */
export function isDynamic({ flags, timeout }: NftSet): boolean {
  return timeout !== undefined || (flags !== undefined && [flags].flat().includes('timeout'));
}

/** That of the rules' comments, when they are all there in order, and no chain is empty. */
function observedVersion(objects: readonly NftObject[]): string {
  const chains = objects.flatMap(({ chain }) => (chain ? [chain] : []));
  const filled = new Set(objects.map(({ rule }) => rule?.chain));
  if (chains.some(({ name }) => !filled.has(name))) return '';
  return commentsVersion(objects.flatMap(({ rule }) => (rule ? [rule] : [])));
}

/**
 * '' unless the comments are 0/n … n-1/n of one version, in order within each chain. Which chain is listed first
 * is the tool's own affair.
 */
export function commentsVersion(
  rules: readonly { readonly chain: string; readonly comment?: string }[],
): string {
  const [version = ''] = (rules[0]?.comment ?? '').split(':');
  const last = new Map<string, number>();
  const seen = new Set<number>();
  for (const { chain, comment = '' } of rules) {
    const match = /^([0-9a-f]+):(\d+)\/(\d+)$/.exec(comment);
    const index = Number(match?.[2]);
    if (match?.[1] !== version || Number(match[3]) !== rules.length) return '';
    if (index >= rules.length || seen.has(index) || index <= (last.get(chain) ?? -1)) return '';
    seen.add(index);
    last.set(chain, index);
  }
  return version;
}
