import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import type { Direction } from '../../compose-ext/policy-model.ts';

/** Lines of a file, from 1, both included. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/** Where a person finds the rules of a Compose file: as YAML is read, not as Swarmwall reads it. */
export interface WrittenRules {
  label(service: string, direction: Direction): Lines | undefined;
  policy(name: string): Lines;
  settings(): Lines;
  text(lines: Lines): string;
}

export function writtenRules(file: string): WrittenRules {
  const text = readFileSync(file, 'utf8');
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const lines = ([from, to]: readonly [number, number]): Lines => ({
    first: counter.linePos(from).line,
    last: counter.linePos(Math.max(from, to - 1)).line,
  });
  const pairAt = (path: readonly string[]): Pair | undefined => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    return isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
  };
  const linesAt = (path: readonly string[]): Lines | undefined => {
    const pair = pairAt(path);
    if (!isNode(pair?.key)) return undefined;
    return lines([pair.key.range![0], (isNode(pair.value) ? pair.value : pair.key).range![1]]);
  };
  return {
    label: (service, direction) =>
      linesAt(['services', service, 'deploy', 'labels', `swarmwall.${direction}`]),
    policy: (name) => {
      const all = document.getIn(['x-swarmwall', 'policies'], true) as { readonly items: readonly Node[] };
      const found = all.items.find((item) => isMap(item) && item.get('name') === name);
      const [from, to] = found!.range!;
      return lines([from, to]);
    },
    settings: () => linesAt(['x-swarmwall'])!,
    text: ({ first, last }) =>
      text
        .split('\n')
        .slice(first - 1, last)
        .join('\n'),
  };
}
