import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentStatus, ControllerStatus, DeniedList } from '../../plugin/api/types.ts';
import { eventually } from '../lab/eventually.ts';
import { patient } from '../lab/full-kernel.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { probe } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';

/** Swarmwall on a lab: an agent on every node, a controller on the first, as processes of the nodes. */
export class Agents {
  readonly lab: Lab;
  readonly #agents = new Map<string, LabProcess>();
  #controller: LabProcess | undefined;
  #starts = 0;

  readonly #settings: readonly string[];

  /** `settings`: of each agent, as `NAME=value`. */
  constructor(lab: Lab, settings: readonly string[] = []) {
    this.lab = lab;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    await this.startController();
    for (const node of this.lab.nodes) await this.startAgent(node);
    await this.settled();
  }

  async startController(): Promise<void> {
    this.#controller = await this.lab.manager.spawn(
      'swarmwall',
      ['controller'],
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
  }

  async killAgent(node: LabNode): Promise<void> {
    await this.#agents.get(node.name)?.stop('SIGKILL');
    this.#agents.delete(node.name);
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

  /** Every node has, wholly in its kernel, the last thing it was sent. */
  async settled(): Promise<void> {
    await eventually(async () => {
      const { nodes } = await this.controller();
      assert.equal(nodes.length, this.lab.nodes.length);
      for (const { hostname, state, subscribed, revision, current, health } of nodes) {
        assert.equal(`${hostname} ${state} ${subscribed}`, `${hostname} connected true`);
        assert.equal(revision, current);
        assert.equal(health?.mode, 'enforcing', JSON.stringify(health?.lastError));
      }
    }, 60_000);
  }
}

export async function askLocal<T>(node: LabNode, socket: 'agent' | 'controller', path: string): Promise<T> {
  const script = `require('http').get({ socketPath: '/run/swarmwall/${socket}.sock', path: '${path}' }, (r) => r.pipe(process.stdout)).on('error', () => process.exit(1))`;
  return JSON.parse((await node.run('node', ['-e', script])).stdout) as T;
}

export async function deployStack(lab: Lab, name: string, yaml: string): Promise<void> {
  lab.manager.writeFile(`/root/${name}.yaml`, yaml);
  const from = ['-c', `/root/${name}.yaml`, name];
  await lab.manager.docker(['stack', 'deploy', '--resolve-image', 'never', ...from]);
}

export async function update(lab: Lab, service: string, ...options: readonly string[]): Promise<void> {
  await lab.manager.docker([
    'service',
    'update',
    '--detach',
    '--no-resolve-image',
    '--quiet',
    ...options,
    service,
  ]);
}

export const on = (tasks: readonly LabTask[], service: string, node: LabNode): LabTask => {
  const found = tasks.find((task) => task.service === service && task.node.name === node.name);
  if (found === undefined) throw new Error(`No task of ${service} on ${node.name}.`);
  return found;
};

export async function observe(
  from: Pick<LabTask, 'prober'>,
  to: LabTask,
  network: string,
  port: number,
  protocol: 'tcp' | 'udp' = 'tcp',
): Promise<'allowed' | 'denied'> {
  return (await probe(from.prober, { protocol, address: to.addresses[network]!, port }, patient(1))).observed;
}

/** Of the image's `answer`: a service, a host name, and what was said. */
const ANSWER = /^\S+ \S+ \d+$/;

/** A TCP connection that says something every 50 ms and hears it back for as long as it may. */
export class OpenConnection {
  readonly #process: LabProcess;
  readonly #log: string;

  private constructor(process: LabProcess, log: string) {
    this.#process = process;
    this.#log = log;
  }

  static async open(from: LabTask, address: string, port: number, name: string): Promise<OpenConnection> {
    const script = `while :; do date +%s; sleep 0.05; done | socat -u - TCP:${address}:${port}`;
    const both = script.replace('socat -u', 'socat -t 60 -T 60');
    const process = await from.node.spawn('docker', ['exec', from.container, 'sh', '-c', both], name);
    const connection = new OpenConnection(process, join(from.node.folder, `${name}.log`));
    await eventually(() => connection.heard() > 3);
    return connection;
  }

  heard(): number {
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => ANSWER.test(line)).length;
  }

  /** Answers in this many milliseconds from now. */
  async hears(milliseconds: number): Promise<number> {
    const before = this.heard();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return this.heard() - before;
  }

  async close(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }
}
