import Dockerode from 'dockerode';
import { eventually } from '../eventually.ts';
import type { Lab } from '../lab.ts';
import type { LabProcess } from '../lab-process.ts';
import type { LabNode } from '../node.ts';
import { buildPrograms, PROGRAMS, RECEIVE } from './programs.ts';

const PORT = 7;

/** Of forbidden packets: how many arrived at other tasks, and at the outside host. */
export interface Arrived {
  readonly tasks: number;
  readonly outside: number;
}

interface Job {
  readonly name: string;
  readonly network: string;
  readonly program: readonly string[];
  readonly replicas: number;
  readonly labels: readonly string[];
  readonly atOnce?: number;
  readonly node?: LabNode;
}

/** Tasks that fire, or connect, from their first instruction on, and who counts what arrives. */
export class FirstPackets {
  readonly lab: Lab;
  readonly #outside: LabProcess;
  #networks = 0;
  #jobs = 0;

  private constructor(lab: Lab, outside: LabProcess) {
    this.lab = lab;
    this.#outside = outside;
  }

  static async open(lab: Lab): Promise<FirstPackets> {
    await buildPrograms();
    const outside = await lab.outside.spawn(RECEIVE, [String(PORT)], `receive-${Date.now()}`);
    await eventually(() => outside.log().includes('ready'));
    return new FirstPackets(lab, outside);
  }

  async close(): Promise<void> {
    await this.#outside.stop('SIGKILL');
  }

  /** An overlay that is no segment: agents know only from the managers that it is annotated. */
  async network(): Promise<{ readonly name: string; readonly subnet: string }> {
    this.#networks += 1;
    const [name, subnet] = [`range${this.#networks}`, `10.99.${this.#networks}.0`];
    const { manager } = this.lab;
    await manager.docker([
      'network',
      'create',
      '--driver',
      'overlay',
      '--attachable',
      '--subnet',
      `${subnet}/24`,
      name,
    ]);
    return { name, subnet };
  }

  /** One on each node: it may speak to nobody, and hears only from `friend`. On their way when this returns. */
  async victims(network: string): Promise<string> {
    const name = `victim-${network}`;
    const labels = ['swarmwall.egress=none', `swarmwall.ingress=friend/friend:${PORT},${PORT}/udp`];
    await this.#create(name, network, ['receive', String(PORT)], labels, ['--mode', 'global']);
    return name;
  }

  async ready(service: string): Promise<void> {
    await eventually(async () => {
      const logs = await Promise.all(this.lab.nodes.map((node) => this.#logsOf(node, service)));
      return logs.every((log) => log.includes('ready'));
    }, 120_000);
  }

  /** Tasks that may speak to nobody, and fire at all of the network and the outside host; until each has ended. */
  attack(
    network: { name: string; subnet: string },
    replicas: number,
    options: { seconds?: number; atOnce?: number; node?: LabNode } = {},
  ) {
    const [outside] = this.lab.outside.addresses;
    return this.#job({
      name: `attack${++this.#jobs}`,
      network: network.name,
      program: ['shoot', String(options.seconds ?? 0.3), String(PORT), network.subnet, outside!],
      replicas,
      labels: ['swarmwall.egress=none', 'swarmwall.ingress=none'],
      ...(options.atOnce ? { atOnce: options.atOnce } : {}),
      ...(options.node ? { node: options.node } : {}),
    });
  }

  /** Friends that connect to each victim once, with their first packet; milliseconds, or `failed`. */
  async reach(network: string, address: string, replicas: number): Promise<readonly string[]> {
    const name = `friend`;
    const program = ['reach', address, String(PORT)];
    await this.#job({
      name,
      network,
      program,
      replicas,
      labels: [`swarmwall.egress=victim-${network}/victim-${network}:${PORT}`],
    });
    const logs = await Promise.all(this.lab.nodes.map((node) => this.#logsOf(node, name)));
    await this.lab.manager.docker(['service', 'rm', name]);
    return logs.flatMap((log) => log.split('\n').filter(Boolean));
  }

  async remove(services: readonly string[]): Promise<void> {
    await this.lab.manager.docker(['service', 'rm', ...services]);
  }

  async arrived(services: readonly string[]): Promise<Arrived> {
    const count = (log: string): number => log.split('\n').filter((line) => /^(udp|tcp) /u.test(line)).length;
    const logs = services.flatMap((service) => this.lab.nodes.map((node) => this.#logsOf(node, service)));
    return {
      tasks: (await Promise.all(logs)).reduce((sum, log) => sum + count(log), 0),
      outside: count(this.#outside.log()),
    };
  }

  /** Docker waits for each container, which `docker inspect` would while it is held. */
  async #logsOf(node: LabNode, service: string): Promise<string> {
    // By its id: containers of the last service of that name may still be there.
    const inspect = ['service', 'inspect', '--format', '{{.ID}}', service];
    const id = (await this.lab.manager.docker(inspect)).stdout.trim();
    const filter = `label=com.docker.swarm.service.id=${id}`;
    const { stdout } = await node.docker(['ps', '--all', '--quiet', '--filter', filter]);
    const logs = await Promise.all(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((id) => node.docker(['logs', id], { reject: false })),
    );
    return logs.map((log) => log.stdout).join('\n');
  }

  async #create(
    name: string,
    network: string,
    program: readonly string[],
    labels: readonly string[],
    more: readonly string[],
  ) {
    const [file, ...args] = program;
    await this.lab.manager.docker([
      ...[
        'service',
        'create',
        '--detach',
        '--quiet',
        '--no-resolve-image',
        '--name',
        name,
        '--network',
        network,
      ],
      ...['--mount', `type=bind,source=${PROGRAMS},destination=${PROGRAMS},readonly`],
      ...['--entrypoint', `${PROGRAMS}/${file}`],
      ...labels.flatMap((label) => ['--label', label]),
      ...more,
      ...['swarmwall/demo:1', ...args],
    ]);
  }

  async #job({ name, network, program, replicas, labels, atOnce, node }: Job): Promise<string> {
    await this.#create(name, network, program, labels, [
      ...[
        '--mode',
        'replicated-job',
        '--replicas',
        String(replicas),
        '--max-concurrent',
        String(atOnce ?? replicas),
      ],
      ...['--restart-condition', 'none'],
      ...(node ? ['--constraint', `node.hostname==${node.name}`] : []),
    ]);
    const engine = new Dockerode({ socketPath: this.lab.manager.socketPath });
    await eventually(async () => {
      const tasks = (await engine.listTasks({ filters: { service: [name] } })) as {
        Status: { State: string; Err?: string };
      }[];
      const failed = tasks.find(({ Status }) => ['failed', 'rejected'].includes(Status.State));
      if (failed !== undefined) throw new Error(`${name}: ${failed.Status.State} ${failed.Status.Err ?? ''}`);
      const done = tasks.filter(({ Status }) => Status.State === 'complete').length;
      if (done < replicas) throw new Error(`${name}: ${done} of ${replicas} are done`);
    }, 120_000);
    return name;
  }
}
