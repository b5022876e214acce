import type {
  Elements,
  ObservedProgram,
  Program,
  ProgramChange,
  SetChange,
  TableChange,
  TableObjects,
} from './nftables/program.ts';
import { inTheWay, isEmpty, leftovers } from './nftables/leftovers.ts';
import { declarationHash } from './nftables/version.ts';
import type { Step } from './step.ts';

/** What makes the observed tables the desired ones; empty when they are. */
export function plan(desired: readonly Program[], observed: readonly ObservedProgram[]): readonly Step[] {
  const loads: Step[] = [];
  const changes: TableChange[] = [];
  const forget: string[] = [];
  for (const program of desired) {
    const { family, table } = program;
    const there = observed.find((other) => other.family === family && other.table === table);
    if (!there) loads.push({ kind: 'load-table', program });
    else if (there.version !== program.version || !hasPolicies(program, there.objects))
      loads.push(...replace(program, there.objects));
    else {
      const sets = elementChanges(program, there.elements);
      if (sets.length > 0) changes.push({ family, table, sets });
      const owners = new Set(program.sets.filter((set) => set.owners).map(({ name }) => name));
      forget.push(...sets.flatMap(({ set, remove }) => (owners.has(set) ? remove : [])));
    }
  }
  return [...loads, ...planChange({ tables: changes, forget })];
}

/** The fast path: one event's change, without looking at the kernel first. */
export function planChange({ tables, forget }: ProgramChange): readonly Step[] {
  return [
    ...(tables.length > 0 ? [{ kind: 'update-elements', changes: tables } as const] : []),
    // After the rules: a flow forgotten before would be accepted and remembered again.
    ...forget.flatMap((address) =>
      (['source', 'destination'] as const).map((side) => ({ kind: 'forget-flows', address, side }) as const),
    ),
  ];
}

/** Uninstall: leaves nothing of ours. */
export function removeAll(observed: readonly Pick<ObservedProgram, 'family' | 'table'>[]): readonly Step[] {
  return observed.map(({ family, table }) => ({ kind: 'delete-table', family, table }));
}

/** What the kernel would show of a program that was just loaded. */
export function asObserved(program: Program): ObservedProgram {
  return {
    family: program.family,
    table: program.table,
    version: program.version,
    elements: program.elements,
    objects: {
      chains: program.chains.map(({ name, hook }) => ({
        name,
        hooked: hook !== undefined,
        ...(hook === undefined ? {} : { policy: hook.policy ?? 'drop' }),
      })),
      sets: program.sets.map((set) => ({
        name: set.name,
        map: set.data !== undefined,
        declaration: declarationHash(set),
      })),
      counters: program.counters,
    },
  };
}

/** The rules' comments do not tell of a chain's policy. */
function hasPolicies({ chains }: Program, objects: TableObjects): boolean {
  return chains.every(
    ({ name, hook }) =>
      hook === undefined ||
      objects.chains.some((chain) => chain.name === name && chain.policy === (hook.policy ?? 'drop')),
  );
}

function replace(program: Program, objects: TableObjects): readonly Step[] {
  const { family, table } = program;
  const conflicts = inTheWay(program, objects);
  const rest = leftovers(program, objects);
  return [
    { kind: 'load-table', program, ...(isEmpty(conflicts) ? {} : { inTheWay: conflicts }) },
    ...(isEmpty(rest) ? [] : [{ kind: 'delete-objects', family, table, objects: rest } as const]),
  ];
}

function elementChanges(program: Program, there: Elements): readonly SetChange[] {
  return program.sets.flatMap(({ name, data }) => {
    const wanted = program.elements.get(name);
    if (!wanted) return [];
    const held = there.get(name) ?? new Map<string, string>();
    const remove = [...held.keys()].filter((key) => wanted.get(key) !== held.get(key));
    const add = [...wanted].filter(([key, value]) => held.get(key) !== value);
    return remove.length + add.length > 0 ? [{ set: name, map: data !== undefined, remove, add }] : [];
  });
}
