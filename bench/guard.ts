import Dockerode from 'dockerode';
import type { HeldStarts } from '../plugin/api/types.ts';
import { Agents } from '../test/e2e/agents.ts';
import { FirstPackets } from '../test/lab/first-packet/range.ts';
import { useRuntime } from '../test/lab/guard-runtime.ts';
import { createLab, type Lab } from '../test/lab/lab.ts';
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
  /** Until the agent let go, of those starts. */
  readonly heldMedianMs: number;
  readonly heldWorstMs: number;
  readonly refused: number;
  /** `POST /containers/{id}/start` on a guarded network, by turns. */
  readonly startRuncMs: number;
  readonly startGuardMs: number;
  readonly addedMs: number;
  readonly ratio: number;
}

const NETWORKS = 10;
const COLD = 10;
const WARM = 40;
const AT_ONCE = 8;
const PAIRS = 50;

export async function benchGuard(progress: (what: string) => void): Promise<GuardReport> {
  const lab = await createLab({ prefix: `bench-${process.pid}` });
  try {
    await lab.swarm();
    const agents = new Agents(lab);
    await agents.start();
    const range = await FirstPackets.open(lab);
    progress('guard runtime: without it');
    const without = await fire(range);
    for (const node of lab.nodes) await useRuntime(node, 'swarmwall');
    let [cold, warm] = [0, 0];
    for (let network = 1; network <= NETWORKS; network += 1) {
      progress(`guard runtime: network ${network} of ${NETWORKS}`);
      const through = await fire(range);
      cold += through.cold;
      warm += through.warm;
    }
    const held = (
      await Promise.all(lab.nodes.map((node) => agents.ask<HeldStarts>(node, 'agent', '/v1/starts')))
    ).flatMap(({ starts }) => starts);
    const waits = held.map(({ waited }) => waited);
    progress('guard runtime: its cost');
    const { name } = await range.network();
    await range.ready(await range.victims(name));
    const { runc, guard } = await startTimes(lab, name);
    return {
      engine: lab.engine,
      startsWithout: COLD + WARM,
      throughWithout: without.cold + without.warm,
      coldStarts: NETWORKS * COLD,
      coldThrough: cold,
      warmStarts: NETWORKS * WARM,
      warmThrough: warm,
      heldMedianMs: round(median(waits)),
      heldWorstMs: Math.max(...waits),
      refused: held.filter(({ started }) => !started).length,
      startRuncMs: round(runc),
      startGuardMs: round(guard),
      addedMs: round(guard - runc),
      ratio: round(guard / runc),
    };
  } finally {
    await lab.destroy();
  }
}

/** A network that nobody has seen yet: its first tasks with the victims, then the others. */
async function fire(range: FirstPackets): Promise<{ readonly cold: number; readonly warm: number }> {
  const before = await range.arrived([]);
  const network = await range.network();
  const [victims, first] = await Promise.all([
    range.victims(network.name),
    range.attack(network, COLD, { seconds: 1 }),
  ]);
  await range.ready(victims);
  const cold = await range.arrived([victims]);
  const second = await range.attack(network, WARM, { seconds: 0.2, atOnce: AT_ONCE });
  const warm = await range.arrived([victims]);
  await range.remove([victims, first, second]);
  return {
    cold: cold.tasks + cold.outside - before.outside,
    warm: warm.tasks - cold.tasks + warm.outside - cold.outside,
  };
}

/** Medians, one runtime and the other by turns, so that both see the machine in the same moods. */
async function startTimes(
  lab: Lab,
  network: string,
): Promise<{ readonly runc: number; readonly guard: number }> {
  const engine = new Dockerode({ socketPath: lab.manager.socketPath });
  const times: { runc: number[]; swarmwall: number[] } = { runc: [], swarmwall: [] };
  // One that stays: a network's first container there costs more than the others.
  const stays = await create(engine, network, 'runc', ['/bin/sleep', '1000']);
  await stays.start();
  for (let pair = 0; pair < PAIRS; pair += 1)
    for (const runtime of pair % 2 === 0
      ? (['runc', 'swarmwall'] as const)
      : (['swarmwall', 'runc'] as const)) {
      const container = await create(engine, network, runtime, ['/bin/true']);
      const start = performance.now();
      await container.start();
      times[runtime].push(performance.now() - start);
      await container.remove({ force: true });
    }
  return { runc: median(times.runc), guard: median(times.swarmwall) };
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
