import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { useRuntime } from '../lab/guard-runtime.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Flows, type Damage } from './flows.ts';
import { Managers } from './managers.ts';
import { deployFaultStack, receivedWords, SERVICES } from './stack.ts';

export const NO_DAMAGE: Damage = { leaked: 0, ways: [], lost: 0, broken: [] };

/** Three managers with Swarmwall and the guard runtime, and packets that never pause. */
export class FaultySwarm {
  readonly lab: Lab;
  readonly managers: Managers;
  flows!: Flows;
  #rounds = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.managers = new Managers(lab);
  }

  static async start(): Promise<FaultySwarm> {
    const swarm = new FaultySwarm(await createLab({ prefix: `faults-${String(process.pid)}`, nodes: 3 }));
    await swarm.#deploy();
    return swarm;
  }

  async #deploy(): Promise<void> {
    await this.lab.swarm({ managers: 3 });
    await this.managers.start();
    // Else the first containers on a network that no manager has named yet are free for a moment.
    for (const node of this.lab.nodes) await useRuntime(node, 'swarmwall');
    await deployFaultStack(this.lab);
    await waitRunning(this.lab, SERVICES);
    await this.managers.settled();
    await this.renewFlows();
    await eventually(async () => assert.ok((await receivedWords(this.lab)).wanted > 5), 60_000);
  }

  get nodes(): readonly [LabNode, LabNode, LabNode] {
    return this.lab.nodes as readonly LabNode[] as [LabNode, LabNode, LabNode];
  }

  /** Tasks that a fault took away have successors, with other addresses. */
  async renewFlows(): Promise<void> {
    await (this.flows as Flows | undefined)?.stop();
    this.#rounds += 1;
    this.flows = await Flows.start(await waitRunning(this.lab, SERVICES), String(this.#rounds));
  }
}
