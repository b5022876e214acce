import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:http';
import type { PluginStatus } from '../../../../plugin/api/types.ts';
import { createApiClient } from '../../../../plugin/cli/api-client.ts';
import { releasePlugin } from '../../../../plugin/cli/release-plugin.ts';
import { DEFAULT_CONFIG, type Config } from '../../../../plugin/config.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { startPlugin, type SupervisorWorld } from '../../../../plugin/supervisor/supervisor.ts';
import { TestCa } from '../certificates.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeChildren } from './fake-children.ts';

const REMOVED = { agentStopped: false, namespaces: ['1-abc'], dockerUser: true };

describe('the managed plugin', () => {
  const ca = new TestCa();
  let folder: string;
  let config: Config;
  let clock: FakeClock;
  let children: FakeChildren;
  let order: string[];
  const secrets: (string | undefined)[] = [];
  let world: SupervisorWorld;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-plugin-'));
    config = { ...DEFAULT_CONFIG, execRoot: folder, socketDir: join(folder, 'plugins', 'id') };
    config = {
      ...config,
      pluginSocket: join(folder, 'authz.sock'),
      certificates: join(folder, 'certificates'),
    };
    clock = new FakeClock();
    children = new FakeChildren();
    order = [];
    world = {
      clock,
      startAuthz: ({ socket, config: given }) => {
        order.push(`authz on ${socket}`);
        secrets.push(given.ownCallSecret);
        return Promise.resolve({
          stop: () => Promise.resolve(void order.push('authz stopped')),
        });
      },
      startChild: (file, args, env) => {
        order.push(args.join(' '));
        return children.start(file, args, env);
      },
      uninstall: () => {
        order.push(`rules removed while ${children.running().join() || 'nothing'} runs`);
        return Promise.resolve(REMOVED);
      },
      program: ['/node', '/swarmwall'],
    };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  after(() => {
    ca.remove();
  });

  const start = () => startPlugin({ config, log: silentLog() }, world);
  const become = (role: 'manager' | 'worker'): void => {
    rmSync(config.certificates!, { recursive: true, force: true });
    cpSync(ca.issue(role, `/O=cluster/OU=swarm-${role}/CN=node`), config.certificates!, { recursive: true });
  };
  const status = async (): Promise<PluginStatus> =>
    (await createApiClient({ ...config, socketDir: join(folder, 'none') })('plugin', '/v1/status'))!;
  /** The certificate is read in its own time. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 400 && !done(); turn += 1) {
      await clock.pass(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(done(), order.join('; '));
  };

  it('serves the socket before anything else, with no Docker and no Swarm there, then the agent', async () => {
    const plugin = await start();
    assert.deepEqual(order, [`authz on ${config.pluginSocket}`, '/swarmwall agent']);
    assert.match(secrets.at(-1)!, /^[0-9a-f]{64}$/u);
    assert.equal(children.started[0]!.env['SWARMWALL_OWN_CALL_SECRET'], secrets.at(-1));
    const { node, children: listed } = await status();
    assert.deepEqual([node, listed.map(({ name }) => name)], [undefined, ['agent']]);
    await plugin.stop();
    assert.deepEqual(children.running(), []);
    assert.equal(order.at(-1), 'authz stopped');
    await plugin.ended;
  });

  it('runs a controller while the certificate says manager, and follows promotion and demotion', async () => {
    become('worker');
    const plugin = await start();
    await until(() => children.running().join() === 'agent');
    become('manager');
    await until(() => children.running().join() === 'agent,controller');
    assert.equal((await status()).node, 'manager');
    become('worker');
    await until(() => children.running().join() === 'agent');
    rmSync(config.certificates!, { recursive: true });
    await until(() => children.running().join() === 'agent');
    await plugin.stop();
  });

  it('takes the rules away when it is asked to, after its children, and starts none again', async () => {
    become('manager');
    const plugin = await start();
    await until(() => children.running().join() === 'agent,controller');
    const found = await releasePlugin({ ...config, socketDir: join(folder, 'none') });
    assert.deepEqual(found, { ...REMOVED, agentStopped: true });
    assert.equal(order.at(-1), 'rules removed while nothing runs');
    become('worker');
    become('manager');
    await clock.pass(60_000);
    assert.deepEqual(children.running(), []);
    assert.equal((await status()).released, true);
    await plugin.stop();
  });

  it('ends when its socket is told to', async () => {
    const plugin = await start();
    const asked = request({
      socketPath: join(config.socketDir, 'plugin.sock'),
      path: '/v1/stop',
      method: 'POST',
    });
    asked.end();
    await plugin.ended;
    assert.deepEqual(children.running(), []);
  });

  it('is told apart from a node without one', async () => {
    assert.equal(await releasePlugin(config), undefined);
  });
});
