import { lagOf } from '../api/lag.ts';
import type { ClusterModel, ControllerStatus, NodeStatus } from '../api/types.ts';
import type { Clock } from '../process/clock.ts';

/** What the controller knows; undefined when none serves here. */
export interface ControllerView {
  status(): Promise<ControllerStatus | undefined>;
  model(): Promise<ClusterModel | undefined>;
}

export interface SettleOptions {
  readonly stack: string;
  /** Names of the stack's services: the controller must know them all. */
  readonly services: readonly string[];
  readonly clock: Clock;
  /** Milliseconds. */
  readonly within: number;
  readonly say: (text: string) => void;
}

export type Settled =
  | { readonly state: 'no-controller' }
  | {
      readonly state: 'settled' | 'timed-out';
      readonly nodes: readonly NodeStatus[];
      readonly behind: readonly string[];
    };

const POLL = 500;
/** Swarm sends the events of a deploy within milliseconds; two calm looks outlast the controller's own delay. */
const CALM_LOOKS = 2;

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve));
}

/** What still has to happen; empty when all is applied. */
function waitingFor(
  status: ControllerStatus,
  model: ClusterModel,
  options: SettleOptions,
): readonly string[] {
  const known = new Set(
    model.services.filter(({ stack }) => stack === options.stack).map(({ name }) => name),
  );
  const unknown = options.services.filter((name) => !known.has(name));
  if (unknown.length > 0) return unknown.map((name) => `the controller does not know ${name} yet`);
  return status.nodes.flatMap((node) => lagOf(node) ?? []);
}

/** Waits until every connected node has in its kernel what the controller wants. */
export async function settle(view: ControllerView, options: SettleOptions): Promise<Settled> {
  const end = options.clock.elapsed() + options.within;
  for (let calm = 0; ;) {
    const status = await view.status();
    const model = await view.model();
    if (!status || !model) return { state: 'no-controller' };
    const behind = waitingFor(status, model, options);
    calm = behind.length === 0 ? calm + 1 : 0;
    if (calm >= CALM_LOOKS) return { state: 'settled', nodes: status.nodes, behind };
    if (options.clock.elapsed() >= end) return { state: 'timed-out', nodes: status.nodes, behind };
    options.say(behind[0] ? `waiting: ${behind[0]}` : 'waiting for the nodes');
    await pause(options.clock, POLL);
  }
}
