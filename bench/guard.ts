import Dockerode from 'dockerode';
import type { HeldStarts } from '../plugin/api/types.ts';
import type { Agents } from '../test/e2e/agents.ts';
import { FirstPackets } from '../test/lab/first-packet/range.ts';
import { useRuntime } from '../test/lab/guard-runtime.ts';
import type { Lab } from '../test/lab/lab.ts';
import { withGuardedLab } from './guarded-lab.ts';
import { benchHeldStart } from './held-start.ts';
import { median } from './network/bench-network.ts';

/** Tasks that fire at what is forbidden from their first instruction: what arrived. Times in milliseconds. */
export interface GuardReport {
  readonly engine: string;
  /** Tasks of a network's first ones on their node, and those after them; without the guard runtime. */
  readonly startsWithout: number;
  readonly throughWithout: number;
  readonly coldStarts: number;
  readonly coldThrough: number;
  readonly warmStarts: number;
  readonly warmThrough: number;
  /** Until the agent let go: of the first starts on a network, which wait for a manager's word, and of the others. */
  readonly coldHeldMedianMs: number;
  readonly warmHeldMedianMs: number;
  readonly heldWorstMs: number;
  readonly refused: number;
  /** `POST /containers/{id}/start` on a guarded network, by turns; what was added is the median of the pairs' differences. */
  readonly pairs: number;
  readonly startRuncMs: number;
  readonly startGuardMs: number;
  readonly addedMs: number;
  readonly ratio: number;
  /** Of those, how long the agent held them. */
  readonly pairHeldMedianMs: number;
  /** A held start by itself, without an engine: what is added to a runc that does nothing. */
  readonly programAddedMs: number;
  readonly programAddedTenthMs: number;
}

export interface GuardSizes {
  readonly networks: number;
  readonly cold: number;
  readonly warm: number;
  readonly pairs: number;
}

export const FULL_GUARD: GuardSizes = { networks: 10, cold: 10, warm: 40, pairs: 50 };
export const QUICK_GUARD: GuardSizes = { networks: 1, cold: 6, warm: 12, pairs: 20 };
const AT_ONCE = 8;
/** Without an engine. */
const STARTS = 100;

interface Held {
  readonly waited: number;
  readonly started: boolean;
}

interface Fired {
  readonly cold: number;
  readonly warm: number;
  readonly coldHeld: readonly Held[];
  readonly warmHeld: readonly Held[];
}

export async function benchGuard(
  progress: (what: string) => void,
  sizes: GuardSizes = FULL_GUARD,
): Promise<GuardReport> {
  progress('guard runtime: a held start by itself');
  const program = await benchHeldStart(STARTS);
  return withGuardedLab({ name: 'bench', nodes: 2 }, async ({ lab, agents }) => {
    const range = await FirstPackets.open(lab);
    progress('guard runtime: without it');
    const held = heldSince(agents);
    const without = await fire(range, sizes, held);
    for (const node of lab.nodes) await useRuntime(node, 'swarmwall');
    const fired: Fired[] = [];
    for (let network = 1; network <= sizes.networks; network += 1) {
      progress(`guard runtime: network ${network} of ${sizes.networks}`);
      fired.push(await fire(range, sizes, held));
    }
    const cold = fired.flatMap(({ coldHeld }) => coldHeld);
    const warm = fired.flatMap(({ warmHeld }) => warmHeld);
    progress('guard runtime: its cost');
    const { name } = await range.network();
    await range.ready(await range.victims(name));
    await held();
    const { runc, guard, added } = await startTimes(lab, name, sizes.pairs);
    const paired = await held();
    return {
      engine: lab.engine,
      startsWithout: sizes.cold + sizes.warm,
      throughWithout: without.cold + without.warm,
      coldStarts: sizes.networks * sizes.cold,
      coldThrough: fired.reduce((sum, through) => sum + through.cold, 0),
      warmStarts: sizes.networks * sizes.warm,
      warmThrough: fired.reduce((sum, through) => sum + through.warm, 0),
      coldHeldMedianMs: round(median(cold.map(({ waited }) => waited))),
      warmHeldMedianMs: round(median(warm.map(({ waited }) => waited))),
      heldWorstMs: Math.max(...[...cold, ...warm].map(({ waited }) => waited)),
      refused: [...cold, ...warm].filter(({ started }) => !started).length,
      pairs: sizes.pairs,
      startRuncMs: round(runc),
      startGuardMs: round(guard),
      addedMs: round(added),
      ratio: round(guard / runc),
      pairHeldMedianMs: round(median(paired.map(({ waited }) => waited))),
      programAddedMs: round(program.added),
      programAddedTenthMs: round(program.addedTenth),
    };
  });
}

/** Starts that any node's agent has held since the last call. */
function heldSince(agents: Agents): () => Promise<readonly Held[]> {
  const known = new Set<string>();
  return async () => {
    const nodes = agents.lab.nodes.map((node) => agents.ask<HeldStarts>(node, 'agent', '/v1/starts'));
    const all = (await Promise.all(nodes)).flatMap(({ starts }) => starts);
    const fresh = all.filter(({ container, at }) => !known.has(`${container} ${at}`));
    for (const { container, at } of fresh) known.add(`${container} ${at}`);
    return fresh;
  };
}

/** A network that nobody has seen yet: its first tasks with the victims, then the others. */
async function fire(
  range: FirstPackets,
  sizes: GuardSizes,
  held: () => Promise<readonly Held[]>,
): Promise<Fired> {
  const before = await range.arrived([]);
  const network = await range.network();
  const [victims, first] = await Promise.all([
    range.victims(network.name),
    range.attack(network, sizes.cold, { seconds: 1 }),
  ]);
  await range.ready(victims);
  const cold = await range.arrived([victims]);
  const coldHeld = await held();
  const second = await range.attack(network, sizes.warm, { seconds: 0.2, atOnce: AT_ONCE });
  const warm = await range.arrived([victims]);
  const warmHeld = await held();
  await range.remove([victims, first, second]);
  return {
    cold: cold.tasks + cold.outside - before.outside,
    warm: warm.tasks - cold.tasks + warm.outside - cold.outside,
    ...{ coldHeld, warmHeld },
  };
}

/** Medians, one runtime and the other by turns, so that both see the machine in the same moods. */
async function startTimes(
  lab: Lab,
  network: string,
  pairs: number,
): Promise<{ readonly runc: number; readonly guard: number; readonly added: number }> {
  const engine = new Dockerode({ socketPath: lab.manager.socketPath });
  const times: { runc: number[]; swarmwall: number[] } = { runc: [], swarmwall: [] };
  // One that stays: a network's first container there costs more than the others.
  const stays = await create(engine, network, 'runc', ['/bin/sleep', '1000']);
  await stays.start();
  for (let pair = 0; pair < pairs; pair += 1)
    for (const runtime of pair % 2 === 0
      ? (['runc', 'swarmwall'] as const)
      : (['swarmwall', 'runc'] as const)) {
      const container = await create(engine, network, runtime, ['/bin/true']);
      const start = performance.now();
      await container.start();
      times[runtime].push(performance.now() - start);
      await container.remove({ force: true });
    }
  const differences = times.swarmwall.map((time, pair) => time - times.runc[pair]!);
  return { runc: median(times.runc), guard: median(times.swarmwall), added: median(differences) };
}

function create(
  engine: Dockerode,
  network: string,
  runtime: string,
  entrypoint: string[],
): Promise<Dockerode.Container> {
  return engine.createContainer({
    Image: 'swarmwall/demo:1',
    Entrypoint: entrypoint,
    HostConfig: { NetworkMode: network, Runtime: runtime },
  });
}

const round = (value: number): number => Math.round(value * 100) / 100;
