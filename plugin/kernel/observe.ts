import { listTableArguments, parseObserved, readObjects } from '../../rules/nftables/observe.ts';
import { readTimed } from '../../rules/nftables/observed-elements.ts';
import { TABLE } from '../../rules/overlay/overlay.ts';
import type { Family, ObservedProgram } from '../../rules/nftables/program.ts';
import type { Namespace } from './namespace.ts';

const FAMILIES = ['inet', 'bridge'] as const satisfies Family[];
/** Every table of ours: `swarmwall`, or that with a suffix. */
const OWN = new RegExp(`^table (${FAMILIES.join('|')}) (${TABLE}(?:_[a-z0-9_]+)?)$`);
/** nft says 1 for a table that is not there, and for much else: which is which shows in the list of tables. */
const FAILED = 1;

export interface TableName {
  readonly family: Family;
  readonly table: string;
}

/** The tables of one name of ours as the kernel of a namespace holds them. */
export async function observeTables(
  namespace: Namespace,
  table: string = TABLE,
): Promise<readonly ObservedProgram[]> {
  const observed = await Promise.all(
    FAMILIES.map(async (family) => {
      const { exitCode, stdout } = await namespace.run('nft', [...listTableArguments(family, table)], {
        accept: [FAILED],
      });
      return exitCode === 0 ? parseObserved(stdout) : undefined;
    }),
  );
  const found = observed.filter((program) => program !== undefined);
  if (found.length === FAMILIES.length) return found;
  // A table that could not be read must not pass for one that is not there.
  const there = (await listOwnTables(namespace)).filter((own) => own.table === table);
  return there.map((own) => found.find(({ family }) => family === own.family) ?? unreadable(own));
}

/** A set whose elements end by themselves: key → seconds that are left. */
export async function listTimedSet(
  namespace: Namespace,
  table: string,
  set: string,
): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await namespace.run('nft', ['-n', '-j', 'list', 'set', 'inet', table, set]);
  const found = readObjects(stdout).find((object) => object.set)?.set;
  return found === undefined ? new Map() : readTimed(found);
}

/** All of them, whatever their name's suffix. */
export async function listOwnTables(namespace: Namespace): Promise<readonly TableName[]> {
  const { stdout } = await namespace.run('nft', ['list', 'tables']);
  return stdout.split('\n').flatMap((line) => {
    const [, family, table] = OWN.exec(line) ?? [];
    return family === undefined || table === undefined ? [] : [{ family: family as Family, table }];
  });
}

function unreadable({ family, table }: TableName): ObservedProgram {
  const objects = { chains: [], hookedChains: [], sets: [], maps: [], counters: [] };
  return { family, table, version: '', elements: new Map(), objects };
}
