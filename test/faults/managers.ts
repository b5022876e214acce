import assert from 'node:assert/strict';
import type { AgentStatus, ControllerStatus } from '../../plugin/api/types.ts';
import { askLocal } from '../e2e/agents.ts';
import { eventually } from '../lab/eventually.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';

type Role = 'agent' | 'controller';

/** An agent and a controller on every node: all of them manage the Swarm. */
export class Managers {
  readonly #lab: Lab;
  readonly #processes = new Map<string, LabProcess>();
  readonly #controllerSettings: readonly string[];
  #starts = 0;

  /** `controllerSettings`: of each controller, as `NAME=value`. */
  constructor(lab: Lab, controllerSettings: readonly string[] = []) {
    this.#lab = lab;
    this.#controllerSettings = controllerSettings;
  }

  async start(): Promise<void> {
    for (const node of this.#lab.nodes)
      for (const role of ['controller', 'agent'] as const) await this.run(node, role);
    await this.settled();
  }

  async run(node: LabNode, role: Role, through: readonly string[] = []): Promise<void> {
    const settings = role === 'controller' ? this.#controllerSettings : [];
    const [program, ...args] = [...through, 'env', ...settings, 'swarmwall', role];
    this.#processes.set(
      `${node.name} ${role}`,
      await node.spawn(program, args, `${role}-${String((this.#starts += 1))}`),
    );
  }

  async kill(node: LabNode, role: Role): Promise<void> {
    await this.#processes.get(`${node.name} ${role}`)?.stop('SIGKILL');
  }

  agent(node: LabNode): Promise<AgentStatus> {
    return askLocal(node, 'agent', '/v1/status');
  }

  controller(node: LabNode): Promise<ControllerStatus> {
    return askLocal(node, 'controller', '/v1/status');
  }

  /** Each agent takes its policy from a manager, and holds it. */
  async settled(nodes: readonly LabNode[] = this.#lab.nodes): Promise<void> {
    await eventually(async () => {
      for (const node of nodes) {
        const { controllers, health } = await this.agent(node);
        assert.equal(health.mode, 'enforcing', JSON.stringify(health.lastError));
        assert.ok(
          controllers.some(({ state, subscribed }) => state === 'connected' && subscribed),
          `${node.name}: ${JSON.stringify(controllers)}`,
        );
      }
    }, 60_000);
  }
}
