import type { DeniedFlow } from '../api/types.ts';
import { LIMITS } from '../config.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { KernelLosses } from './flows/kernel-losses.ts';
import { parseCounters, parseDenied } from '../../rules/overlay/denied-flows.ts';

/** A table of ours that drops by itself. */
export interface DroppingTable {
  readonly key: string;
  /** Namespace whose log it tells flows to; absent: it tells none. */
  readonly file?: string;
  readonly namespace: Namespace;
  readonly table: string;
  /** The counter. */
  readonly name: 'denied' | 'limited';
  /** Of flows, that it fills. */
  readonly sets: readonly string[];
  /** For people. */
  readonly network: string;
  readonly owner: (address: string) => string | undefined;
}

export interface TableDrops {
  poll(tables: readonly DroppingTable[]): Promise<void>;
  /** Newest last. */
  recent(): readonly DeniedFlow[];
  /** Packets, since the table was loaded; of its own counter unless told. */
  count(key: string, counter?: string): number;
}

export interface TableDropsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Takes all counters of each table that tells flows. */
  readonly losses: Pick<KernelLosses, 'count'>;
}

export function followDrops({ clock, log, losses }: TableDropsOptions): TableDrops {
  const counts = new Map<
    string,
    { readonly name: string; readonly counters: Readonly<Record<string, number>> }
  >();
  const seen = new Map<string, ReadonlyMap<string, number>>();
  let recent: DeniedFlow[] = [];

  async function read(of: DroppingTable): Promise<void> {
    const { key, file, namespace, table, name, sets, network, owner } = of;
    const list = async (...what: readonly string[]): Promise<string> =>
      (await namespace.run('nft', ['-n', '-j', 'list', ...what])).stdout;
    const counters = parseCounters(await list('counters', 'table', 'inet', table));
    if (file !== undefined) losses.count(file, table, counters);
    const packets = counters[name] ?? 0;
    const before = counts.get(key)?.counters[name];
    counts.set(key, { name, counters });
    if (packets === 0 || before === packets) return;
    const known = seen.get(key) ?? new Map<string, number>();
    const now = new Map<string, number>();
    for (const set of sets)
      for (const flow of parseDenied(await list('set', 'inet', table, set))) {
        const { src, dst, protocol, port = 0 } = flow;
        const id = `${src} ${dst} ${protocol} ${port}`;
        now.set(id, flow.packets);
        const old = known.get(id);
        if (old === flow.packets) continue;
        note(
          {
            ...{ at: clock.now(), verdict: name, network, protocol, port, packets: flow.packets },
            ...{ from: owner(src) ?? src, fromAddress: src, to: owner(dst) ?? dst, toAddress: dst },
          },
          old === undefined || flow.packets < old,
        );
      }
    seen.set(key, now);
  }

  function note(flow: DeniedFlow, isNew: boolean): void {
    const { verdict, from, to, port, protocol, network } = flow;
    if (isNew) log.warn({ ...flow }, `${verdict} ${from} → ${to}:${port}/${protocol} (${network})`);
    recent = recent.filter((other) => idOf(other) !== idOf(flow));
    recent.push(flow);
    if (recent.length > LIMITS.deniedKept) recent.shift();
  }

  return {
    poll: async (tables) => {
      const keys = new Set(tables.map(({ key }) => key));
      for (const key of [...counts.keys()])
        if (!keys.has(key)) {
          counts.delete(key);
          seen.delete(key);
        }
      // One may be gone for a moment: drift, which is someone else's to mend.
      for (const table of tables) await read(table).catch(() => undefined);
    },
    recent: () => recent,
    count: (key, counter) => {
      const found = counts.get(key);
      return found?.counters[counter ?? found.name] ?? 0;
    },
  };
}

function idOf({ verdict, network, fromAddress, toAddress, protocol, port }: DeniedFlow): string {
  return [verdict, network, fromAddress, toAddress, protocol, port].join(' ');
}
