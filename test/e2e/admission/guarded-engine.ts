import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../../lab/eventually.ts';
import { AuthzPlugin } from '../../lab/authz-plugin.ts';
import { createLab, type Lab } from '../../lab/lab.ts';
import { GUARDED, writePolicies } from './policies.ts';
import { API, BY_ENGINE, IMAGE, type Way } from './way.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One engine in a Swarm of its own that asks `swarmwall authz`, and what an administrator made there before. */
export class GuardedEngine {
  readonly lab: Lab;
  readonly #plugin: AuthzPlugin;
  readonly #agent = new Agent({ keepAlive: true });
  #ids: Readonly<Record<string, string>> = {};

  private constructor(lab: Lab) {
    this.lab = lab;
    this.#plugin = new AuthzPlugin(lab.manager);
  }

  static async start(engine: string | undefined, prefix: string): Promise<GuardedEngine> {
    const lab = await createLab({ nodes: 1, prefix, ...(engine !== undefined && { engine }) });
    const guarded = new GuardedEngine(lab);
    try {
      await lab.swarm();
      await guarded.#prepare();
      writePolicies(lab.manager, GUARDED);
      await guarded.#plugin.start();
      await guarded.#plugin.enable();
      await guarded.until((status) => status === 403);
    } catch (error) {
      await lab.destroy();
      throw error;
    }
    return guarded;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.lab.destroy();
  }

  /** Another policy is in force once a privileged container is answered so. */
  async until(holds: (status: number) => boolean): Promise<void> {
    const uri = `${API}/containers/create?name=probe`;
    const probe: Way = {
      name: 'probe',
      uri,
      body: { Image: IMAGE, HostConfig: { Privileged: true } },
      refusedBy: BY_ENGINE,
    };
    await eventually(async () => {
      const { status, text } = await this.call(probe);
      if (!holds(status)) throw new Error(`${status} ${text}`);
    });
  }

  async #prepare(): Promise<void> {
    const docker = (...args: string[]) => this.lab.manager.docker(args);
    const run = (name: string, ...args: string[]) =>
      docker('run', '-d', '--name', name, ...args, IMAGE, 'tcp/80');
    await docker('network', 'create', '-d', 'overlay', '--attachable', 'open');
    const labels = ['--label', 'swarmwall.segment=1', '--label', 'com.docker.stack.namespace=shop'];
    const segment = await docker(
      'network',
      'create',
      '-d',
      'overlay',
      '--attachable',
      ...labels,
      'shop_sw-api',
    );
    const bind = ['--opt', 'type=none', '--opt', 'o=bind', '--opt', 'device=/run'];
    await docker('volume', 'create', ...bind, 'trap');
    await run('app');
    // An engine in the lab may not have all that it would give: it need not run.
    await docker('create', '--name', 'root', '--privileged', IMAGE, 'tcp/80');
    await run('inside', '--network', 'shop_sw-api');
    await run('strict', '--label', 'com.docker.compose.project=strict');
    await run('apart', '--network', 'none', '--label', 'com.docker.compose.project=selected');
    await run('pinned', '--label', 'com.docker.compose.project=pinned', '--memory', '64m');
    const deploy = (name: string, ...args: string[]) =>
      docker(
        'service',
        'create',
        '--detach',
        '--no-resolve-image',
        '--replicas',
        '0',
        '--name',
        name,
        ...args,
        IMAGE,
      );
    await deploy('harmless');
    await deploy('guarded', '--label', 'swarmwall.ingress=none');
    await deploy('swarmwall_agent', '--label', 'com.docker.stack.namespace=swarmwall');
    await deploy('rolled', '--cap-add', 'SYS_ADMIN');
    await docker('service', 'update', '--detach', '--no-resolve-image', '--cap-drop', 'SYS_ADMIN', 'rolled');
    const config = await docker(
      ...['config', 'create', '--label', 'swarmwall.policy=x', 'swarmwall-policy.x.1', '/etc/hostname'],
    );
    const versions = await this.#versions(['harmless', 'guarded', 'rolled']);
    const ids = { SEGMENT_ID: segment.stdout.trim(), CONFIG_ID: config.stdout.trim() };
    this.#ids = { ...ids, ...Object.fromEntries(versions) };
  }

  /** Swarm itself writes a service a few times after it was made or updated. */
  async #versions(services: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const read = () =>
      Promise.all(
        services.map(async (name) => {
          const inspect = ['service', 'inspect', '--format', '{{.Version.Index}}', name];
          return [`VERSION_${name}`, (await this.lab.manager.docker(inspect)).stdout.trim()] as const;
        }),
      );
    let last = await read();
    await eventually(async () => {
      const before = last;
      await sleep(1_000);
      last = await read();
      return isDeepStrictEqual(last, before);
    }, 30_000);
    return last;
  }

  allow(texts: readonly string[]): void {
    writePolicies(this.lab.manager, texts);
  }

  /** Sends a way as it is. */
  call({ uri, method = 'POST', body = '', headers = {} }: Way): Promise<Answer> {
    const text = this.#filled(typeof body === 'string' ? body : JSON.stringify(body));
    const length =
      'Transfer-Encoding' in headers ? {} : { 'Content-Length': String(Buffer.byteLength(text)) };
    const all = { Host: 'docker', 'Content-Type': 'application/json', ...length, ...headers };
    return new Promise((resolve, reject) => {
      const { socketPath } = this.lab.manager;
      const options = { socketPath, agent: this.#agent, method, path: this.#filled(uri), headers: all };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      // Allowed, a connection is taken over: that is an answer.
      sent.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, text: '' });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** Ids that are known only once the things are there. */
  #filled(text: string): string {
    return Object.entries(this.#ids).reduce((filled, [name, id]) => filled.replaceAll(name, id), text);
  }

  /** All that an engine can have made: by id and version, so that a change shows. */
  async inventory(): Promise<string> {
    const lists = [
      '/containers/json?all=1',
      '/services',
      '/volumes',
      '/networks',
      '/configs',
      '/secrets',
      '/plugins',
      '/images/json',
      '/tasks',
    ];
    const answers = await Promise.all(
      lists.map(async (path) => {
        const { status, text } = await this.call({
          name: path,
          method: 'GET',
          uri: `${API}${path}`,
          refusedBy: BY_ENGINE,
        });
        if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
        return `${path} ${stable(JSON.parse(text))}`;
      }),
    );
    return answers.join('\n');
  }

  /** The execs of the containers that ways try. */
  async execs(): Promise<string> {
    const ids = await Promise.all(
      ['app', 'root', 'strict'].map(async (name) => {
        const uri = `${API}/containers/${name}/json`;
        const { text } = await this.call({ name, method: 'GET', uri, refusedBy: BY_ENGINE });
        return (JSON.parse(text) as { ExecIDs: unknown }).ExecIDs;
      }),
    );
    return JSON.stringify(ids);
  }
}

/** Without what changes by itself: `Up 3 seconds`, sizes, states of tasks on their way. */
function stable(value: unknown): string {
  const list = Array.isArray(value) ? value : [value];
  const kept = [
    'Id',
    'ID',
    'Name',
    'Names',
    'Version',
    'Labels',
    'Image',
    'RepoTags',
    'NetworkSettings',
    'Volumes',
  ];
  return list
    .map((item: Record<string, unknown>) =>
      JSON.stringify(
        kept.map((key) => item[key]),
        (key, each: unknown) => (key === 'CreatedAt' ? '' : each),
      ),
    )
    .sort()
    .join('\n');
}
