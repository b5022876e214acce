import { executeSteps } from '../../plugin/kernel/execute.ts';
import { namespaceAt } from '../../plugin/kernel/namespace.ts';
import { runProcess } from '../../plugin/process/run.ts';
import type { Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import { type Bridge, createBridges } from './bridges.ts';
import type { Task } from './peer-protocol.ts';
import { linearIptables, overlayOf } from './rule-sets.ts';

/** Medians; ratios to the bridge with no rules. */
export interface NetworkRow {
  readonly name: string;
  readonly entries: number;
  readonly loadMs: number;
  readonly connectUs: number;
  readonly connectRatio: number;
  readonly udpUs: number;
  readonly udpRatio: number;
  readonly throughputMbit: number;
  readonly throughputRatio: number;
}

export interface NetworkReport {
  readonly rows: readonly NetworkRow[];
  /** One endpoint, at the most entries: from the event to the end of nft's process. */
  readonly changeMs: number;
  readonly changeWorstMs: number;
}

type Variant =
  | { readonly kind: 'none'; readonly entries: 0 }
  | { readonly kind: 'iptables' | 'swarmwall'; readonly entries: number };

const VARIANTS: readonly Variant[] = [
  { kind: 'none', entries: 0 },
  { kind: 'iptables', entries: 1000 },
  { kind: 'iptables', entries: 10000 },
  { kind: 'swarmwall', entries: 1000 },
  { kind: 'swarmwall', entries: 10000 },
  { kind: 'swarmwall', entries: 100000 },
];

export interface Effort {
  readonly rounds: number;
  readonly connects: number;
  readonly udp: number;
  readonly throughputMs: number;
  readonly changes: number;
}
export const FULL: Effort = { rounds: 120, connects: 60, udp: 60, throughputMs: 60, changes: 101 };
export const QUICK: Effort = { rounds: 25, connects: 40, udp: 40, throughputMs: 40, changes: 21 };

/** Rounds over all bridges, so that what the machine does meanwhile meets each of them alike. */
export async function benchNetwork(effort: Effort, progress: (what: string) => void): Promise<NetworkReport> {
  const bridges = await createBridges(VARIANTS.map(nameOf));
  try {
    const loads: number[] = [];
    let largest: { readonly bridge: Bridge; readonly overlay: Overlay } | undefined;
    for (const [index, variant] of VARIANTS.entries()) {
      const bridge = bridges.all[index];
      if (!bridge) throw new RangeError('a bridge for each variant');
      progress(`load ${nameOf(variant)}`);
      const loaded = await load(bridge, variant);
      loads.push(loaded.milliseconds);
      if (loaded.overlay) largest = { bridge, overlay: loaded.overlay };
    }
    const samples = bridges.all.map(() => ({
      connect: [] as number[],
      udp: [] as number[],
      throughput: [] as number[],
    }));
    // The first packets of all meet cold caches and a process that is compiling itself.
    for (const { server } of bridges.all) await bridges.measure({ kind: 'connect', server, count: 300 });
    for (let round = 0; round < effort.rounds; round++) {
      progress(`round ${round + 1} of ${effort.rounds}`);
      for (const [index, { server }] of rotate([...bridges.all.entries()], round)) {
        const tasks: readonly Task[] = [
          { kind: 'connect', server, count: effort.connects },
          { kind: 'udp', server, count: effort.udp },
          { kind: 'throughput', server, count: effort.throughputMs },
        ];
        for (const task of tasks) samples[index]?.[task.kind].push(median(await bridges.measure(task)));
      }
    }
    progress('change one endpoint');
    const changes = largest ? await changeEndpoints(largest.bridge, largest.overlay, effort.changes) : [];
    return {
      rows: rowsOf(loads, samples),
      changeMs: round2(median(changes)),
      changeWorstMs: round2(Math.max(...changes)),
    };
  } finally {
    await bridges.stop();
  }
}

async function load(
  bridge: Bridge,
  { kind, entries }: Variant,
): Promise<{ readonly milliseconds: number; readonly overlay?: Overlay }> {
  if (kind === 'none') return { milliseconds: 0 };
  const path = `/run/netns/${bridge.namespace}`;
  if (kind === 'iptables') {
    const start = performance.now();
    await runProcess('nsenter', [`--net=${path}`, 'iptables-restore', '-n'], {
      input: linearIptables(bridge, entries),
      timeout: 120_000,
    });
    return { milliseconds: performance.now() - start };
  }
  const overlay = overlayOf(bridge, entries);
  const start = performance.now();
  await executeSteps(plan(overlay.program(), []), { namespace: namespaceAt(path, runProcess) });
  return { milliseconds: performance.now() - start, overlay };
}

async function changeEndpoints(bridge: Bridge, overlay: Overlay, count: number): Promise<readonly number[]> {
  const namespace = namespaceAt(`/run/netns/${bridge.namespace}`, runProcess);
  const net = bridge.client.split('.').slice(0, 2).join('.');
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    const change = overlay.update({
      network: bridge.name,
      endpoints: { [`${net}.254.${index + 1}`]: { kind: 'service', service: 's/1' } },
    });
    await executeSteps(planChange(change), { namespace });
    times.push(performance.now() - start);
  }
  return times;
}

type RoundMedians = Readonly<Record<Task['kind'], readonly number[]>>;

/** A ratio is the median of the rounds' own ratios: within a round the machine is in one mood. */
function rowsOf(loads: readonly number[], samples: readonly RoundMedians[]): readonly NetworkRow[] {
  const base = samples[0];
  return samples.map((own, index) => {
    const ratio = (kind: Task['kind']) =>
      round2(median(own[kind].map((value, round) => value / (base?.[kind][round] ?? NaN))));
    return {
      name: nameOf(VARIANTS[index] ?? { kind: 'none', entries: 0 }),
      entries: VARIANTS[index]?.entries ?? 0,
      loadMs: Math.round(loads[index] ?? 0),
      connectUs: round2(median(own.connect)),
      connectRatio: ratio('connect'),
      udpUs: round2(median(own.udp)),
      udpRatio: ratio('udp'),
      throughputMbit: Math.round(median(own.throughput)),
      throughputRatio: ratio('throughput'),
    };
  });
}

function nameOf({ kind, entries }: Variant): string {
  return kind === 'none' ? kind : `${kind}-${entries}`;
}

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
