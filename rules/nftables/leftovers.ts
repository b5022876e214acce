import type { Program, TableObjects } from './program.ts';
import { declarationHash } from './version.ts';

/**
 * What has a name of the program's and is something else: it must go in the very transaction that loads the
 * program. The kernel takes a deleted map's elements away from packets that are on their way through the old rules, so
 * one may be lost: nothing else is deleted there.
 */
export function inTheWay(program: Program, objects: TableObjects): TableObjects {
  const hooked = new Map(program.chains.map((chain) => [chain.name, chain.hook !== undefined]));
  const declared = new Map(program.sets.map((set) => [set.name, declarationHash(set)]));
  return {
    chains: objects.chains.filter(({ name, hooked: is }) => hooked.has(name) && hooked.get(name) !== is),
    sets: objects.sets.filter(
      ({ name, declaration }) => declared.has(name) && declared.get(name) !== declaration,
    ),
    counters: [],
  };
}

/** What the program does not name. No rule of the program's does either, so it can go once that is loaded. */
export function leftovers(program: Program, objects: TableObjects): TableObjects {
  const chains = new Set(program.chains.map(({ name }) => name));
  const sets = new Set(program.sets.map(({ name }) => name));
  return {
    chains: objects.chains.filter(({ name }) => !chains.has(name)),
    sets: objects.sets.filter(({ name }) => !sets.has(name)),
    counters: objects.counters.filter((name) => !program.counters.includes(name)),
  };
}

export function isEmpty({ chains, sets, counters }: TableObjects): boolean {
  return chains.length + sets.length + counters.length === 0;
}
