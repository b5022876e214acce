import { LIMIT_TABLE, limitProgram } from '../../rules/limits/limit-program.ts';
import type { Program } from '../../rules/nftables/program.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import type { Enforcer } from './enforcer.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { NetworkGuard } from './network-guard.ts';
import type { GuardedFile } from './network-guards.ts';
import type { DroppingTable, TableDrops } from './table-drops.ts';
import { guardTable, type TableGuard } from './table-guard.ts';

export interface NetworkLimitsOptions {
  readonly guarded: () => readonly GuardedFile[];
  readonly drops: TableDrops;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

/** What limited services take, in each overlay's namespace: a table of its own, after the policy's. */
export interface NetworkLimits extends Enforcer {
  /**
   * What a network's services take, before its policy opens them: a connection that is older than its limit is never counted.
   * What fails here is tried again, and told, in `apply`: a limit holds back no policy.
   */
  ahead(policy: HeldPolicy, one: GuardedFile): Promise<void>;
  tables(policy: HeldPolicy): readonly DroppingTable[];
}

export function guardLimits(options: NetworkLimitsOptions): NetworkLimits {
  /** Files in which nothing of an earlier agent is left. */
  const looked = new Set<string>();
  const guards = new Map<string, { readonly of: NetworkGuard; readonly guard: TableGuard }>();

  function guardOf({ file, namespace, guard: of }: GuardedFile): TableGuard {
    const known = guards.get(file);
    if (known?.of === of) return known.guard;
    known?.guard.stop();
    const name = `limits of ${of.network.name}`;
    const guard = guardTable({ ...options, name, table: LIMIT_TABLE, namespace });
    guards.set(file, { of, guard });
    return guard;
  }

  function drop(file: string): void {
    guards.get(file)?.guard.stop();
    guards.delete(file);
  }

  function programOf(policy: HeldPolicy, { guard }: GuardedFile): Program | undefined {
    const table = policy.known ? policy.limited(guard.network.id) : undefined;
    return table && limitProgram({ ...table, ports: guard.ports });
  }

  return {
    ahead: async (policy, one) => {
      const program = programOf(policy, one);
      if (program === undefined) return;
      looked.add(one.file);
      await guardOf(one)
        .apply([program])
        .catch(() => undefined);
    },
    distrust: () => {
      for (const { guard } of guards.values()) guard.distrust();
    },
    apply: async (policy) => {
      if (!policy.known) return;
      const files = options.guarded();
      const there = new Set(files.map(({ file }) => file));
      for (const file of looked)
        if (!there.has(file)) {
          looked.delete(file);
          drop(file);
        }
      for (const one of files) {
        const program = programOf(policy, one);
        // What an earlier agent limited is found at one look.
        if (program === undefined && !guards.has(one.file) && looked.has(one.file)) continue;
        looked.add(one.file);
        await guardOf(one).apply(program === undefined ? [] : [program]);
        if (program === undefined) drop(one.file);
      }
    },
    health: () =>
      [...guards].flatMap(([file, { guard }]) =>
        guard.health().map((health) => ({ ...health, denied: options.drops.count(`limits ${file}`) })),
      ),
    tables: (policy) =>
      options.guarded().flatMap(({ file, namespace, guard: { network } }): DroppingTable[] => {
        if ((guards.get(file)?.guard.health() ?? []).length === 0) return [];
        const owner = (address: string) => policy.owner(network.id, address);
        return [
          {
            key: `limits ${file}`,
            file,
            namespace,
            table: LIMIT_TABLE,
            name: 'limited',
            sets: ['limited', 'limited6'],
            network: network.name,
            owner,
          },
        ];
      }),
    stop: () => {
      for (const { guard } of guards.values()) guard.stop();
    },
  };
}
