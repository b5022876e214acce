import type { DeniedFlow } from '../api/types.ts';
import { LIMITS } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { DENIED_SETS, parseCounters, parseDenied } from '../../rules/overlay/denied-flows.ts';
import { TABLE } from '../../rules/overlay/overlay.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { KernelLosses } from './flows/kernel-losses.ts';

export interface DeniedFlowsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Who has an address on a network, for people. */
  readonly owner: (network: string, address: string) => string | undefined;
  /** Takes all counters of each table. */
  readonly losses: Pick<KernelLosses, 'count' | 'forget'>;
}

/** Where a program counts what it drops. */
export interface DeniedSource {
  readonly file: string;
  readonly namespace: Namespace;
  /** `swarmwall` unless told. */
  readonly table?: string;
  readonly guard: {
    readonly state: string;
    readonly network: { readonly id: string; readonly name: string };
  };
}

export interface DeniedFlows {
  poll(guarded: readonly DeniedSource[]): Promise<void>;
  /** Newest last. */
  recent(): readonly DeniedFlow[];
  /** Since each table was loaded. */
  counts(file: string): { readonly denied: number; readonly wouldDeny: number };
}

/** Reads what the programs dropped, or would have: the counters each time, the flows only when those moved. */
export function followDenied({ clock, log, owner, losses }: DeniedFlowsOptions): DeniedFlows {
  const counts = new Map<string, { readonly denied: number; readonly wouldDeny: number }>();
  const seen = new Map<string, Map<string, number>>();
  let recent: DeniedFlow[] = [];

  async function read({ file, namespace, table = TABLE, guard }: DeniedSource): Promise<void> {
    const listed = await namespace.run('nft', ['-n', '-j', 'list', 'counters', 'table', 'inet', table]);
    const counters = parseCounters(listed.stdout);
    const { denied = 0, would_denied: wouldDeny = 0 } = counters;
    losses.count(file, table, counters);
    const before = counts.get(file);
    counts.set(file, { denied, wouldDeny });
    if (before?.denied === denied && before.wouldDeny === wouldDeny) return;
    if (denied === 0 && wouldDeny === 0) return;
    const sets = DENIED_SETS.filter((set) => (set.startsWith('would') ? wouldDeny : denied) > 0);
    const known = seen.get(file) ?? new Map<string, number>();
    const now = new Map<string, number>();
    for (const set of sets) {
      const { stdout } = await namespace.run('nft', ['-n', '-j', 'list', 'set', 'inet', table, set]);
      for (const flow of parseDenied(stdout)) {
        const key = `${set} ${flow.src} ${flow.dst} ${flow.protocol} ${String(flow.port)}`;
        now.set(key, flow.packets);
        const old = known.get(key);
        if (old === flow.packets) continue;
        note(guard.network, flow, old === undefined || flow.packets < old);
      }
    }
    seen.set(file, now);
  }

  function note(
    network: { readonly id: string; readonly name: string },
    { src, dst, protocol, port = 0, packets, wouldDeny }: ReturnType<typeof parseDenied>[number],
    isNew: boolean,
  ): void {
    const flow: DeniedFlow = {
      at: clock.now(),
      verdict: wouldDeny ? 'would-deny' : 'denied',
      network: network.name,
      from: owner(network.id, src) ?? src,
      fromAddress: src,
      to: owner(network.id, dst) ?? dst,
      toAddress: dst,
      protocol,
      port,
      packets,
    };
    if (isNew) log.warn({ ...flow }, sentence(flow));
    recent = recent.filter((other) => !isSame(other, flow));
    recent.push(flow);
    if (recent.length > LIMITS.deniedKept) recent.shift();
  }

  return {
    poll: async (guarded) => {
      const files = new Set(guarded.map(({ file }) => file));
      for (const file of [...counts.keys()])
        if (!files.has(file)) {
          counts.delete(file);
          seen.delete(file);
          losses.forget(file);
        }
      for (const one of guarded)
        // Its table may be gone for a moment: drift, which is someone else's to mend.
        if (one.guard.state === 'applied') await read(one).catch(() => undefined);
    },
    recent: () => recent,
    counts: (file) => counts.get(file) ?? { denied: 0, wouldDeny: 0 },
  };
}

/** `denied voting/attacker → voting/db:5432/tcp` */
function sentence({ verdict, from, to, port, protocol }: DeniedFlow): string {
  return `${verdict} ${from} → ${to}${port === 0 ? '' : `:${String(port)}`}/${protocol}`;
}

function isSame(a: DeniedFlow, b: DeniedFlow): boolean {
  return (
    a.verdict === b.verdict &&
    a.network === b.network &&
    a.fromAddress === b.fromAddress &&
    a.toAddress === b.toAddress &&
    a.protocol === b.protocol &&
    a.port === b.port
  );
}
