import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import type {
  AgentStatus,
  ClusterModel,
  ControllerStatus,
  DeniedList,
  GuardedNetworks,
} from '../../plugin/api/types.ts';
import Dockerode from 'dockerode';
import { eventually } from '../lab/eventually.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { runningTasks } from '../lab/tasks.ts';

/** Swarmwall on a lab: an agent on every node, a controller on the first, as processes of the nodes. */
export class Agents {
  readonly lab: Lab;
  readonly #agents = new Map<string, LabProcess>();
  #controller: LabProcess | undefined;
  #starts = 0;

  readonly #settings: readonly string[];
  readonly #controllerSettings: readonly string[];

  /** `settings`: of each agent, as `NAME=value`. */
  constructor(lab: Lab, settings: readonly string[] = [], controllerSettings: readonly string[] = []) {
    this.lab = lab;
    this.#settings = settings;
    this.#controllerSettings = controllerSettings;
  }

  async start(): Promise<void> {
    await this.startController();
    await Promise.all(this.lab.nodes.map((node) => this.startAgent(node)));
    await this.settled();
  }

  async startController(): Promise<void> {
    this.#controller = await this.lab.manager.spawn(
      'env',
      [...this.#controllerSettings, 'swarmwall', 'controller'],
      `controller-${++this.#starts}`,
    );
  }

  async stopController(): Promise<void> {
    await this.#controller?.stop('SIGKILL');
    this.#controller = undefined;
  }

  async startAgent(node: LabNode): Promise<void> {
    const argv = [...this.#settings, 'swarmwall', 'agent'];
    this.#agents.set(node.name, await node.spawn('env', argv, `agent-${++this.#starts}`));
    await eventually(() => this.agent(node), 30_000);
  }

  async killAgent(node: LabNode): Promise<void> {
    await this.#agents.get(node.name)?.stop('SIGKILL');
    this.#agents.delete(node.name);
  }

  /** All that this node's agent has said since it was started. */
  logOf(node: LabNode): string {
    return this.#agents.get(node.name)?.log() ?? '';
  }

  /** Its process, as this machine sees it. */
  pidOf(node: LabNode): number {
    const agent = this.#agents.get(node.name);
    assert.ok(agent, `no agent was started on ${node.name}`);
    return agent.id.pid;
  }

  /** Ends everything and removes it from the nodes' kernels. */
  async remove(): Promise<void> {
    await this.stopController();
    for (const node of this.lab.nodes) {
      await node.run('swarmwall', ['uninstall'], { reject: false });
      await this.killAgent(node);
    }
  }

  controller(): Promise<ControllerStatus> {
    return askLocal(this.lab.manager, 'controller', '/v1/status');
  }

  agent(node: LabNode): Promise<AgentStatus> {
    return askLocal(node, 'agent', '/v1/status');
  }

  denied(node: LabNode): Promise<DeniedList> {
    return askLocal(node, 'agent', '/v1/denied');
  }

  ask<T>(node: LabNode, socket: 'agent' | 'controller', path: string): Promise<T> {
    return askLocal(node, socket, path);
  }

  /**
   * Every node has, wholly in its kernel, all that the Swarm says now: the controller has seen each service as it was updated
   * last, every task that runs is known by its address and, where it runs, by its port, and what the controller holds of a node is of its present agent.
   */
  async settled(): Promise<void> {
    await eventually(async () => {
      await this.#sawUpdates();
      await this.#knowsTasks();
      const { nodes } = await this.controller();
      assert.equal(nodes.length, this.lab.nodes.length);
      for (const { hostname, state, subscribed, revision, current, unheld, health } of nodes) {
        assert.equal(`${hostname} ${state} ${subscribed}`, `${hostname} connected true`);
        assert.ok(current > 0, `${hostname} has not been told the policy yet`);
        assert.equal(revision, current);
        assert.equal(unheld, undefined, `${hostname} has no rules yet for ${JSON.stringify(unheld)}`);
        assert.equal(health?.mode, 'enforcing', JSON.stringify(health?.lastError));
        const own = (await this.agent(this.lab.node(hostname))).health;
        assert.equal(health.startedAt, own.startedAt, `${hostname} has another agent now`);
      }
    }, 60_000);
  }

  async #sawUpdates(): Promise<void> {
    const { services } = await this.ask<ClusterModel>(this.lab.manager, 'controller', '/v1/model');
    const seen = new Map(services.map(({ labels }) => [labels[UPDATE_LABEL], true]));
    for (const { Spec } of await dockerOf(this.lab).listServices()) {
      const last = Spec?.Labels?.[UPDATE_LABEL];
      assert.ok(last === undefined || seen.has(last), `the last update of ${Spec?.Name} is not seen yet`);
    }
  }

  async #knowsTasks(): Promise<void> {
    const tasks = await runningTasks(this.lab);
    for (const node of this.lab.nodes) {
      const { networks } = await this.ask<GuardedNetworks>(node, 'agent', '/v1/networks');
      for (const { network, endpoints, ports } of networks)
        for (const task of tasks) {
          const address = task.addresses[network.name];
          if (address === undefined || network.ingress) continue;
          assert.ok(address in endpoints, `${node.name} does not know ${task.service} at ${address} yet`);
          const here = ports.some(({ addresses }) => addresses.includes(address));
          if (task.node.name === node.name)
            assert.ok(here, `${node.name} has not found the port of ${task.service} at ${address} yet`);
        }
    }
  }
}

/** By the socket as this machine sees it. */
export function askLocal<T>(node: LabNode, socket: 'agent' | 'controller', path: string): Promise<T> {
  const socketPath = node.pathHere(`/run/swarmwall/${socket}.sock`);
  return new Promise((resolve, reject) => {
    const call = get({ socketPath, path, timeout: 10_000, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('error', reject).once('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`${node.name} ${socket}${path}: ${String(answer.statusCode)} ${text}`));
      });
    });
    call.once('timeout', () => call.destroy(new Error(`${node.name} ${socket}${path}: no answer`)));
    call.once('error', reject);
  });
}

function dockerOf(lab: Lab): Dockerode {
  return new Dockerode({ socketPath: lab.manager.socketPath });
}

export async function deployStack(lab: Lab, name: string, yaml: string): Promise<void> {
  lab.manager.writeFile(`/root/${name}.yaml`, yaml);
  const from = ['-c', `/root/${name}.yaml`, name];
  await lab.manager.docker(['stack', 'deploy', '--resolve-image', 'never', ...from]);
}

/** Says in a service's labels, which are one with the rest of an update, which update was its last. */
const UPDATE_LABEL = 'test.update';

export async function update(lab: Lab, service: string, ...options: readonly string[]): Promise<void> {
  const marked = ['--label-add', `${UPDATE_LABEL}=${randomUUID()}`];
  const quiet = ['--detach', '--no-resolve-image', '--quiet'];
  await lab.manager.docker(['service', 'update', ...quiet, ...options, ...marked, service]);
}
