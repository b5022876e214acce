import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack } from './agents.ts';
import { on } from './observe.ts';
import { serviceNames } from './stack-text.ts';

export interface Setup {
  /** Name → Compose text; none unless told. */
  readonly stacks?: Readonly<Record<string, string>>;
  /** Of each agent, as `NAME=value`. */
  readonly settings?: readonly string[];
  /** Of the controller, likewise. */
  readonly controllerSettings?: readonly string[];
  /** The suite starts agents and controller itself. */
  readonly unguarded?: boolean;
  /** Makes a lab of the suite's own, which goes with it; absent: the shared one. */
  readonly ownLab?: () => Promise<Lab>;
}

/** Two nodes of a lab with agents, a controller on the first, and stacks whose tasks run and are guarded. */
export interface GuardedSwarm {
  readonly lab: Lab;
  readonly agents: Agents;
  /** The manager. */
  readonly one: LabNode;
  readonly two: LabNode;
  readonly both: readonly LabNode[];
  /** Of the stacks, as they were when they were looked at last. */
  readonly tasks: readonly LabTask[];
  task(service: string, node: LabNode): LabTask;
  deploy(stack: string, yaml: string): Promise<void>;
  /** Waits until each service runs as many tasks as it should, and all nodes enforce what the Swarm says. */
  look(): Promise<readonly LabTask[]>;
}

/** To be called in a suite: sets up before its tests, and leaves the lab as found. */
export function guardedSwarm({
  stacks = {},
  settings = [],
  controllerSettings = [],
  unguarded = false,
  ownLab,
}: Setup = {}): GuardedSwarm {
  let lab: Lab;
  let agents: Agents;
  let tasks: readonly LabTask[] = [];
  let guarded = !unguarded;
  const services: string[] = [];

  const swarm: GuardedSwarm = {
    get lab() {
      return lab;
    },
    get agents() {
      return agents;
    },
    get one() {
      return lab.nodes[0]!;
    },
    get two() {
      return lab.nodes[1]!;
    },
    get both() {
      return [swarm.one, swarm.two];
    },
    get tasks() {
      return tasks;
    },
    task: (service, node) => on(tasks, service, node),
    deploy: async (stack, yaml) => {
      await deployStack(lab, stack, yaml);
      services.push(...serviceNames(stack, yaml));
    },
    look: async () => {
      tasks = await waitRunning(lab, services);
      if (guarded) await agents.settled();
      return tasks;
    },
  };

  before(async () => {
    lab = await (ownLab ?? sharedLab)();
    agents = new Agents(lab, settings, controllerSettings);
    if (guarded) await agents.start();
    for (const [stack, yaml] of Object.entries(stacks)) await swarm.deploy(stack, yaml);
    if (services.length > 0) await swarm.look();
    guarded = true;
  });
  after(async () => {
    if (ownLab !== undefined) return lab?.destroy();
    await agents.remove();
    await resetLab(lab);
  });
  return swarm;
}
