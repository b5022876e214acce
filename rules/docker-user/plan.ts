import type { Step } from '../step.ts';
import { isGuarding } from './ip-sets.ts';
import { CHAIN, CHAIN_HOST, HOOK, INPUT, SET_PREFIX } from './names.ts';
import type { DockerUserProgram, IpSet, ObservedDockerUser, ObservedIpSet } from './program.ts';

/** The default, 65536, is small for a set whose entries are addresses times ports times blocks. */
const MAX_ELEMENTS = 1048576;

const INPUT_JUMP = { from: INPUT.chain, match: INPUT.match, to: CHAIN_HOST } as const;

/** What makes the host's program the desired one; empty when it is. Without DOCKER-USER there is no jump to write. */
export function planDockerUser(desired: DockerUserProgram, observed: ObservedDockerUser): readonly Step[] {
  const sets = setLines(desired, observed);
  const gone = [...observed.sets.keys()].filter((name) => !desired.sets.has(name));
  return [
    ...ipset(sets),
    ...(observed.version === desired.version ? [] : [{ kind: 'chain', chains: desired.chains } as const]),
    ...(observed.jump.first || !observed.hasDockerUser
      ? []
      : [{ kind: 'jump', from: HOOK, to: CHAIN, present: observed.jump.present } as const]),
    // Wherever it is among others' rules: who puts one before it decides so.
    ...(observed.inputJumps === 1
      ? []
      : [{ ...INPUT_JUMP, kind: 'jump', present: observed.inputJumps } as const]),
    // Last: until the chains are written, rules may name them.
    ...ipset(gone.map((name) => `destroy ${name}`)),
  ];
}

/** Uninstall: leaves nothing of ours. */
export function removeDockerUser(observed: ObservedDockerUser): readonly Step[] {
  const { jump, inputJumps, chains, sets } = observed;
  return [
    ...(inputJumps > 0 ? [{ ...INPUT_JUMP, kind: 'delete-jump', present: inputJumps } as const] : []),
    ...(jump.present > 0
      ? [{ kind: 'delete-jump', from: HOOK, to: CHAIN, present: jump.present } as const]
      : []),
    ...(chains.length > 0 ? [{ kind: 'delete-chains', chains } as const] : []),
    ...ipset([...sets.keys()].map((name) => `destroy ${name}`)),
  ];
}

function ipset(lines: readonly string[]): readonly Step[] {
  return lines.length === 0 ? [] : [{ kind: 'ipset', lines }];
}

/**
 * Each line takes effect by itself, so the order matters: an address is let through before it is guarded, and guarded
 * until nothing is let through to it any more.
 */
function setLines(desired: DockerUserProgram, observed: ObservedDockerUser): readonly string[] {
  const changes = [...desired.sets].map(([name, set]) => ({
    name,
    ...setChange(name, set, observed.sets.get(name)),
  }));
  const passing = changes.filter(({ name }) => !isGuarding(name));
  const guarding = changes.filter(({ name }) => isGuarding(name));
  return [
    ...passing.flatMap(({ add }) => add),
    ...guarding.flatMap(({ add }) => add),
    ...passing.flatMap(({ remove }) => remove),
    ...guarding.flatMap(({ remove }) => remove),
  ];
}

interface SetLines {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

function setChange(name: string, set: IpSet, held: ObservedIpSet | undefined): SetLines {
  if (!held) return { add: [create(name, set), ...addAll(name, set.entries)], remove: [] };
  const added = [...set.entries].filter(([entry, value]) => held.entries.get(entry) !== value);
  const removed = [...held.entries].filter(([entry]) => !set.entries.has(entry));
  if (added.length + removed.length === 0) return { add: [], remove: [] };
  // A block and its exceptions must come and go as one, or for a moment the exception is let through.
  const excepts = [...added, ...removed].some(
    ([entry, value]) => value === 'nomatch' || held.entries.get(entry) === 'nomatch',
  );
  if (excepts) return { add: replace(name, set), remove: [] };
  return { add: addAll(name, added), remove: removed.map(([entry]) => `del ${name} ${entry}`) };
}

function replace(name: string, set: IpSet): readonly string[] {
  // Of one type only: what a crash left behind must fit what is created now.
  const next = `${SET_PREFIX}next-${set.type.replaceAll(/\W/g, '-')}`;
  return [
    create(next, set),
    `flush ${next}`,
    ...addAll(next, set.entries),
    `swap ${next} ${name}`,
    `destroy ${next}`,
  ];
}

function create(name: string, { type }: IpSet): string {
  return `create ${name} ${type} family inet maxelem ${MAX_ELEMENTS}`;
}

function addAll(name: string, entries: Iterable<readonly [string, '' | 'nomatch']>): readonly string[] {
  return [...entries].map(([entry, value]) => `add ${name} ${entry}${value === '' ? '' : ` ${value}`}`);
}
