import { eventually } from './eventually.ts';
import type { LabProcess } from './lab-process.ts';
import type { LabNode } from './node.ts';

const NAME = 'swarmwall';
const SOCKET = `/run/docker/plugins/${NAME}.sock`;

/** `swarmwall authz` on a node, as a plugin that dockerd finds by its socket. */
export class AuthzPlugin {
  readonly node: LabNode;
  #process: LabProcess | undefined;
  #starts = 0;

  constructor(node: LabNode) {
    this.node = node;
  }

  get process(): LabProcess | undefined {
    return this.#process;
  }

  async start(): Promise<void> {
    this.#process = await this.node.spawn(
      'swarmwall',
      ['authz', '--socket', SOCKET, '--log-level', 'warn'],
      `authz-${++this.#starts}`,
    );
    await eventually(() => this.activates());
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
    this.#process = undefined;
  }

  /** From now on the engine asks. */
  async enable(): Promise<void> {
    await this.configure([NAME]);
  }

  async disable(): Promise<void> {
    await this.configure([]);
  }

  /** dockerd reloads on SIGHUP and says so in its log. */
  async configure(plugins: readonly string[]): Promise<void> {
    const { engine } = this.node;
    if (engine === undefined) throw new Error(`${this.node.name}: another process started its engine`);
    this.node.writeFile('/etc/docker/daemon.json', JSON.stringify({ 'authorization-plugins': plugins }));
    const said = engine.log().length;
    engine.kill('SIGHUP');
    await eventually(() => engine.log().slice(said).includes('Reloaded configuration'));
  }

  async activates(): Promise<boolean> {
    const script = `require('http').request({ socketPath: '${SOCKET}', path: '/Plugin.Activate', method: 'POST' }, (r) => r.pipe(process.stdout)).on('error', () => process.exit(1)).end()`;
    const { stdout } = await this.node.run('node', ['-e', script], { reject: false });
    return stdout.includes('authz');
  }
}
