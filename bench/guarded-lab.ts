import { Agents, deployStack } from '../test/e2e/agents.ts';
import { serviceNames } from '../test/e2e/stack-text.ts';
import { createLab, type Lab } from '../test/lab/lab.ts';
import { waitRunning, type LabTask } from '../test/lab/tasks.ts';

export interface GuardedLab {
  readonly lab: Lab;
  readonly agents: Agents;
  readonly tasks: readonly LabTask[];
}

interface Setup {
  /** Of the stack, and in the names of the lab's namespaces. */
  readonly name: string;
  readonly nodes: number;
  /** Compose text; none unless told. */
  readonly stack?: string;
}

/** For as long as it is used: a Swarm with an agent on every node, and the stack's tasks, which run and are guarded. */
export async function withGuardedLab<Result>(
  { name, nodes, stack }: Setup,
  use: (guarded: GuardedLab) => Promise<Result>,
): Promise<Result> {
  const lab = await createLab({ prefix: `${name}-${process.pid}`, nodes });
  try {
    await lab.swarm();
    const agents = new Agents(lab);
    await agents.start();
    if (stack === undefined) return await use({ lab, agents, tasks: [] });
    await deployStack(lab, name, stack);
    const tasks = await waitRunning(lab, serviceNames(name, stack));
    await agents.settled();
    return await use({ lab, agents, tasks });
  } finally {
    await lab.destroy();
  }
}
