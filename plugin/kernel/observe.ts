import { listTableArguments, parseObserved } from '../../rules/overlay/observe.ts';
import { TABLE } from '../../rules/overlay/overlay.ts';
import type { Family, ObservedProgram } from '../../rules/program.ts';
import type { Namespace } from './namespace.ts';

const FAMILIES = ['inet', 'bridge'] as const satisfies Family[];
/** nft says 1 for a table that is not there, and for much else: which is which shows in the list of tables. */
const FAILED = 1;

/** Our tables as the kernel of a namespace holds them. */
export async function observeTables(namespace: Namespace): Promise<readonly ObservedProgram[]> {
  const observed = await Promise.all(
    FAMILIES.map(async (family) => {
      const { exitCode, stdout } = await namespace.run('nft', [...listTableArguments(family, TABLE)], {
        accept: [FAILED],
      });
      return exitCode === 0 ? parseObserved(stdout) : undefined;
    }),
  );
  const found = observed.filter((program) => program !== undefined);
  if (found.length === FAMILIES.length) return found;
  // A table that could not be read must not pass for one that is not there.
  const there = await listOwnTables(namespace);
  return there.map(({ family }) => found.find((program) => program.family === family) ?? unreadable(family));
}

export async function listOwnTables(
  namespace: Namespace,
): Promise<readonly { readonly family: Family; readonly table: string }[]> {
  const { stdout } = await namespace.run('nft', ['list', 'tables']);
  return FAMILIES.filter((family) => stdout.split('\n').includes(`table ${family} ${TABLE}`)).map(
    (family) => ({ family, table: TABLE }),
  );
}

function unreadable(family: Family): ObservedProgram {
  const objects = { chains: [], hookedChains: [], sets: [], maps: [], counters: [] };
  return { family, table: TABLE, version: '', elements: new Map(), objects };
}
