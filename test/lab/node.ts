import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FABRIC_ADDRESS, attach } from './fabric.ts';
import { patient } from './full-kernel.ts';
import { LabProcess } from './lab-process.ts';
import { liveNetns } from './live-netns.ts';
import { startHolder } from './namespace.ts';
import { unlessOvertaken } from './overtaken.ts';
import type { ProcessId } from './process-id.ts';
import { LabError, run, type RunOptions, type RunResult } from './process.ts';
import { pingEngine } from './ping-engine.ts';

export interface NodeRequest {
  /** The node's own folder under the lab's. */
  readonly folder: string;
  readonly name: string;
  readonly address: string;
  readonly tree: string;
  readonly dist: string;
  readonly fabric: ProcessId;
  readonly cgroup: string;
}

/** One machine of the Swarm: namespaces of its own, and a Docker engine that thinks it is alone. */
export class LabNode {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  /** First process of the node's namespaces. */
  readonly init: ProcessId;
  /** The engine's socket, as this machine sees it. */
  readonly socketPath: string;
  /** The same, as DOCKER_HOST wants it. */
  readonly dockerHost: string;
  readonly #cgroup: string;
  #engine: LabProcess | undefined;
  #spawned = 0;

  private constructor(request: NodeRequest, init: ProcessId) {
    this.name = request.name;
    this.address = request.address;
    this.folder = request.folder;
    this.init = init;
    this.socketPath = join(request.folder, 'socket', 'docker.sock');
    this.dockerHost = `unix://${this.socketPath}`;
    this.#cgroup = request.cgroup;
  }

  static async create(request: NodeRequest): Promise<LabNode> {
    const { folder, fabric, name } = request;
    mkdirSync(join(folder, 'socket'), { recursive: true });
    mkdirSync(request.dist, { recursive: true });
    const init = await startHolder({
      file: 'nsenter',
      args: [
        ...[`--pid=/proc/${fabric.pid}/ns/pid`, 'unshare', '--pid', '--fork', '--mount', '--uts', '--net'],
        ...['--ipc', '--propagation', 'private', join(import.meta.dirname, 'node-init.sh')],
        ...[folder, request.tree, name, request.dist, process.execPath, FABRIC_ADDRESS],
      ],
      forks: 2,
      ready: join(folder, 'socket', 'ready'),
      log: join(folder, 'init.log'),
    });
    await attach(fabric, init, name, [request.address]);
    return new LabNode(request, init);
  }

  /** Takes up a node that another process made (`npm run lab`). */
  static adopt(
    record: { name: string; address: string; init: ProcessId },
    folder: string,
    cgroup: string,
  ): LabNode {
    const unused = { tree: '', dist: '', fabric: record.init };
    return new LabNode(
      { ...unused, name: record.name, address: record.address, folder, cgroup },
      record.init,
    );
  }

  /** argv that runs `file` as if on the node: its files, network, processes. */
  argv(file: string, args: readonly string[]): readonly string[] {
    const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];
    return [`--target=${this.init.pid}`, ...spaces, '--', file, ...args];
  }

  /** Runs on the node to the end; throws on failure unless `reject: false`. */
  run(file: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
    return run('nsenter', this.argv(file, args), options);
  }

  docker(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return unlessOvertaken(() => this.run('docker', args, options));
  }

  /** Runs on the node for long; its output goes to `logFile` in the node's folder. Dies with the lab. */
  spawn(file: string, args: readonly string[] = [], name?: string): Promise<LabProcess> {
    const label = name ?? `${++this.#spawned}-${file.split('/').at(-1)}`;
    return LabProcess.start(this.argv(file, args), label, join(this.folder, `${label}.log`));
  }

  /**
   * Runs for long as one of a container's processes, with the node's files: ends when the container does. One that is
   * only in its network outlives it, and sends through an overlay's namespace while the kernel takes that apart: the
   * rules go some milliseconds before the devices.
   */
  async spawnInContainer(
    container: string,
    file: string,
    args: readonly string[],
    name: string,
  ): Promise<LabProcess> {
    const { stdout } = await this.docker(['inspect', '--format', '{{.State.Pid}}', container]);
    const argv = this.argv('nsenter', [`--target=${stdout.trim()}`, '--net', '--pid', '--', file, ...args]);
    return LabProcess.start(argv, name, join(this.folder, `${name}.log`), 2);
  }

  /** Runs in one of the node's network namespaces, given by its path on the node (`/run/docker/netns/…`). */
  inNetns(
    path: string,
    file: string,
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<RunResult> {
    return this.run('nsenter', [`--net=${path}`, file, ...args], options);
  }

  /** Path on the node of this overlay's namespace there, if it has one. */
  async overlayNetns(networkId: string): Promise<string | undefined> {
    // `<epoch>-<network id>`, cut to 12 characters in all.
    return (await liveNetns(this)).find((path) => {
      const [, prefix] = /\/\d+-([^/]+)$/u.exec(path) ?? [];
      return prefix !== undefined && networkId.startsWith(prefix);
    });
  }

  /** More of dockerd's options, from its next start on. */
  engineOptions: readonly string[] = [];

  async startEngine(retries = 2): Promise<void> {
    this.#engine = await this.spawn(
      'dockerd',
      [
        ...['--host=unix:///run/docker.sock', '--host=unix:///run/lab/docker.sock'],
        ...['--data-root=/var/lib/docker', '--exec-root=/run/docker', '--pidfile=/run/docker.pid'],
        ...['--exec-opt=native.cgroupdriver=cgroupfs', `--cgroup-parent=/${this.#cgroup}`],
        ...this.engineOptions,
      ],
      'dockerd',
    );
    const end = Date.now() + patient(90_000);
    while (!(await pingEngine(this.socketPath))) {
      // Its own limit, 15 s, which a busy machine misses.
      if (!this.#engine.alive && retries > 0 && this.#engine.log().includes('timeout waiting for containerd'))
        return this.startEngine(retries - 1);
      if (Date.now() > end || !this.#engine.alive)
        throw new LabError('engine-failed', `dockerd on ${this.name}: ${this.#engine.tail(15)}`);
      await sleep(50);
    }
  }

  async stopEngine(name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#engine === undefined)
      throw new LabError('engine-unknown', `${this.name}: another process started it.`);
    await this.#engine.stop(name, 60_000);
    this.#engine = undefined;
  }

  async restartEngine(): Promise<void> {
    await this.stopEngine();
    await this.startEngine();
  }

  /** A path on the node, as this machine sees it. */
  pathHere(path: string): string {
    return join('/proc', String(this.init.pid), 'root', path);
  }

  /** dockerd's settings, read at its next start or SIGHUP. */
  writeFile(path: string, text: string): void {
    const target = this.pathHere(path);
    if (!existsSync(dirname(target))) mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  get engine(): LabProcess | undefined {
    return this.#engine;
  }
}
