import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deployFaultStack, NETWORK, PUSH_PORT, SERVICES } from '../../faults/stack.ts';
import { eventually } from '../../lab/eventually.ts';
import { waitEnforced } from '../../lab/demo/enforce.ts';
import type { Lab } from '../../lab/lab.ts';
import {
  PLUGIN,
  installPlugin,
  publishPlugin,
  reloadEngine,
  settingsFor,
  startManagedPlugin,
} from '../../lab/managed-plugin.ts';
import type { LabNode } from '../../lab/node.ts';
import { waitRunning } from '../../lab/tasks.ts';
import { on } from '../observe.ts';
import { PushedConnection } from '../open-connection.ts';
import { ask, isJudged, processes, REFUSED, TWO_WAYS } from './guarded-node.ts';
import type { PluginWorld } from './plugin-world.ts';

/** Bytes of the largest blob in the registry: the plugin's root file system, as it is pushed and pulled. */
const MOST_BYTES = 45_000_000;

const pluginId = async (node: LabNode): Promise<string> =>
  (await node.docker(['plugin', 'inspect', '--format', '{{.Id}}', PLUGIN])).stdout.trim();

function largestBlob(lab: Lab): number {
  const data = join(lab.folder, 'registry', 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).size));
}

/** From a registry to both nodes, and all that may become of it there. */
export function lifecycle(world: PluginWorld): void {
  let listening: PushedConnection;

  before('a connection on which only the server speaks', async () => {
    const { lab } = world;
    await deployFaultStack(lab);
    const tasks = await waitRunning(lab, SERVICES);
    const [one, two] = lab.nodes as [LabNode, LabNode];
    const db = on(tasks, 'fault_db', two);
    await PushedConnection.serve(db, PUSH_PORT);
    listening = await PushedConnection.open(
      on(tasks, 'fault_client', one),
      db.addresses[NETWORK]!,
      PUSH_PORT,
    );
  });

  it('is created on one node, pushed to a registry, and installed from it on every node', async () => {
    assert.equal(await isJudged(world.lab.manager), false, 'nobody judges yet');
    await startManagedPlugin(world.lab, world.registry, () => undefined);
    for (const node of world.lab.nodes) {
      const { stdout } = await node.docker(['plugin', 'ls', '--format', '{{.Name}} {{.Enabled}}']);
      assert.equal(stdout.trim(), `${PLUGIN}:latest true`);
    }
    const bytes = largestBlob(world.lab);
    assert.ok(bytes > 1_000_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
  });

  it('judges on both nodes since the SIGHUP, and enforces: a controller where the node is a manager', async () => {
    for (const node of world.lab.nodes) assert.equal(await isJudged(node), true, node.name);
    await waitEnforced(world.lab);
    const [manager, worker] = world.lab.nodes as [LabNode, LabNode];
    assert.deepEqual(Object.keys(await processes(manager)).sort(), ['agent', 'controller', 'plugin']);
    assert.deepEqual(Object.keys(await processes(worker)).sort(), ['agent', 'plugin']);
  });

  it('has cut nothing that was open and is allowed', async () => {
    await listening.goesOn();
    await listening.close();
    await world.lab.manager.docker(['stack', 'rm', 'fault']);
  });

  it('follows promotion and demotion', async () => {
    const worker = world.lab.node('node2');
    // Swarm refuses a change that another one has overtaken.
    await eventually(() => world.lab.manager.docker(['node', 'promote', 'node2']), 60_000);
    await eventually(async () => 'controller' in (await processes(worker)), 90_000);
    await eventually(() => world.lab.manager.docker(['node', 'demote', 'node2']), 60_000);
    await eventually(async () => !('controller' in (await processes(worker))), 90_000);
    await waitEnforced(world.lab);
  });

  it('comes back by itself when it is killed, with its children; nothing passes meanwhile', async () => {
    const node = world.lab.manager;
    const before = await processes(node);
    await node.run('kill', ['-KILL', String(before['plugin'])]);
    await eventually(async () => {
      const { status, text } = await ask(node, '/containers/create', TWO_WAYS);
      // Without the plugin the engine answers with an error of its own, which is not about the image.
      assert.match(text, /plugin/u);
      assert.ok(status === 403 || status === 500, `${status} ${text}`);
      return REFUSED.test(text) && !/dial|EOF|reset/u.test(text);
    }, 60_000);
    await eventually(async () => {
      const now = await processes(node);
      return ['plugin', 'agent', 'controller'].every((name) => name in now && now[name] !== before[name]);
    }, 60_000);
    await waitEnforced(world.lab);
  });

  it('brings back a child that is killed', async () => {
    const before = await processes(world.lab.manager);
    await world.lab.manager.run('kill', ['-KILL', String(before['agent'])]);
    await eventually(async () => {
      const { agent, plugin } = await processes(world.lab.manager);
      return agent !== undefined && agent !== before['agent'] && plugin === before['plugin'];
    }, 60_000);
    await waitEnforced(world.lab);
  });

  it('is there again after the engine was restarted, before the engine answers', async () => {
    const node = world.lab.node('node2');
    await node.restartEngine();
    assert.equal(await isJudged(node), true);
    await waitEnforced(world.lab);
  });

  it('keeps its state over an upgrade', async () => {
    const node = world.lab.node('node2');
    const state = `/var/lib/docker/plugins/${await pluginId(node)}/propagated-mount`;
    await node.run('stat', [`${state}/agent-state.json`]);
    await node.run('sh', ['-c', `echo kept > ${state}/mark`]);
    const settings = settingsFor(world.registry);
    await reloadEngine(node, settings);
    const reference = await publishPlugin(world.lab.manager, world.registry, { tag: '2' });
    await node.docker(['plugin', 'disable', PLUGIN]);
    const options = ['--grant-all-permissions', '--skip-remote-check'];
    await node.docker(['plugin', 'upgrade', ...options, PLUGIN, reference], { timeout: 300_000 });
    await node.docker(['plugin', 'enable', PLUGIN]);
    await reloadEngine(node, { ...settings, 'authorization-plugins': [PLUGIN] });
    assert.equal(await isJudged(node), true);
    const { plugin } = await processes(node);
    assert.match((await node.run('cat', [`/proc/${plugin}/root/var/lib/swarmwall/mark`])).stdout, /^kept/u);
    await waitEnforced(world.lab);
  });

  it('goes, and can be installed again', async () => {
    const node = world.lab.node('node2');
    const settings = settingsFor(world.registry);
    await reloadEngine(node, settings);
    assert.equal(await isJudged(node), false);
    await node.docker(['plugin', 'rm', '--force', PLUGIN]);
    await eventually(async () => Object.keys(await processes(node)).length === 0);
    await installPlugin(node, `${world.registry.host}/${PLUGIN}:1`);
    await waitEnforced(world.lab);
  });
}
