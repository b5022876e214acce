import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { waitEnforced } from '../lab/demo/enforce.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import {
  PLUGIN,
  installPlugin,
  publishPlugin,
  reloadEngine,
  settingsFor,
  startManagedPlugin,
} from '../lab/managed-plugin.ts';
import type { LabNode } from '../lab/node.ts';
import { startRegistry, type LabRegistry } from '../lab/registry.ts';

/** Bytes of the largest blob in the registry: the plugin's root file system, as it is pushed and pulled. */
const MOST_BYTES = 45_000_000;

/** Docker's words when an authorization plugin has refused. */
const REFUSED = new RegExp(`authorization denied by plugin ${PLUGIN}`, 'u');

/** One key twice: Go takes the last, so what was judged need not be what is done. Without a plugin the engine takes it. */
const TWO_WAYS = '{"Image":"swarmwall/demo:1","Image":"swarmwall/none:1"}';

async function ask(node: LabNode, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ socketPath: node.socketPath, path, method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, text });
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

const isJudged = async (node: LabNode): Promise<boolean> => {
  const { status, text } = await ask(node, '/containers/create', TWO_WAYS);
  return status === 403 && REFUSED.test(text);
};

const pluginId = async (node: LabNode): Promise<string> =>
  (await node.docker(['plugin', 'inspect', '--format', '{{.Id}}', PLUGIN])).stdout.trim();

/** Of the plugin, on the node: its own processes, by what follows the program's name. */
async function processes(node: LabNode): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await node.run('ps', ['-eo', 'pid=,args=']);
  const found = [
    ...stdout.matchAll(/^ *(\d+) \/usr\/local\/bin\/node \/usr\/local\/bin\/swarmwall (\w+)$/gmu),
  ];
  return Object.fromEntries(found.map(([, pid, name]) => [name!, Number(pid)]));
}

function largestBlob(lab: Lab): number {
  const data = join(lab.folder, 'registry', 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).size));
}

for (const engine of ['20.10', '26.1', '28.5'])
  describe(`the managed plugin on engine ${engine}`, () => {
    let lab: Lab;
    let registry: LabRegistry;

    before(async () => {
      lab = await createLab({ prefix: `plugin-${process.pid}`, engine });
      await lab.swarm();
      registry = await startRegistry(lab);
    });
    after(() => lab.destroy());

    it('is created on one node, pushed to a registry, and installed from it on every node', async () => {
      assert.equal(await isJudged(lab.manager), false, 'nobody judges yet');
      await startManagedPlugin(lab, registry, () => undefined);
      for (const node of lab.nodes) {
        const { stdout } = await node.docker(['plugin', 'ls', '--format', '{{.Name}} {{.Enabled}}']);
        assert.equal(stdout.trim(), `${PLUGIN}:latest true`);
      }
      const bytes = largestBlob(lab);
      assert.ok(bytes > 1_000_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
    });

    it('judges on both nodes since the SIGHUP, and enforces: a controller where the node is a manager', async () => {
      for (const node of lab.nodes) assert.equal(await isJudged(node), true, node.name);
      await waitEnforced(lab);
      const [manager, worker] = lab.nodes as [LabNode, LabNode];
      assert.deepEqual(Object.keys(await processes(manager)).sort(), ['agent', 'controller', 'plugin']);
      assert.deepEqual(Object.keys(await processes(worker)).sort(), ['agent', 'plugin']);
    });

    it('follows promotion and demotion', async () => {
      const worker = lab.node('node2');
      await lab.manager.docker(['node', 'promote', 'node2']);
      await eventually(async () => 'controller' in (await processes(worker)), 40_000);
      await lab.manager.docker(['node', 'demote', 'node2']);
      await eventually(async () => !('controller' in (await processes(worker))), 40_000);
      await waitEnforced(lab);
    });

    it('comes back by itself when it is killed, with its children; nothing passes meanwhile', async () => {
      const node = lab.manager;
      const before = await processes(node);
      await node.run('kill', ['-KILL', String(before['plugin'])]);
      await eventually(async () => {
        const { status, text } = await ask(node, '/containers/create', TWO_WAYS);
        // Without the plugin the engine answers with an error of its own, which is not about the image.
        assert.match(text, /plugin/u);
        assert.ok(status === 403 || status === 500, `${status} ${text}`);
        return REFUSED.test(text) && !/dial|EOF|reset/u.test(text);
      });
      await eventually(async () => {
        const now = await processes(node);
        return ['plugin', 'agent', 'controller'].every((name) => name in now && now[name] !== before[name]);
      });
      await waitEnforced(lab);
    });

    it('brings back a child that is killed', async () => {
      const before = await processes(lab.manager);
      await lab.manager.run('kill', ['-KILL', String(before['agent'])]);
      await eventually(async () => {
        const { agent, plugin } = await processes(lab.manager);
        return agent !== undefined && agent !== before['agent'] && plugin === before['plugin'];
      });
      await waitEnforced(lab);
    });

    it('is there again after the engine was restarted, before the engine answers', async () => {
      const node = lab.node('node2');
      await node.restartEngine();
      assert.equal(await isJudged(node), true);
      await waitEnforced(lab);
    });

    it('keeps its state over an upgrade', async () => {
      const node = lab.node('node2');
      const state = `/var/lib/docker/plugins/${await pluginId(node)}/propagated-mount`;
      await node.run('stat', [`${state}/agent-state.json`]);
      await node.run('sh', ['-c', `echo kept > ${state}/mark`]);
      const settings = settingsFor(registry);
      await reloadEngine(node, settings);
      const reference = await publishPlugin(lab.manager, registry, { tag: '2' });
      await node.docker(['plugin', 'disable', PLUGIN]);
      const options = ['--grant-all-permissions', '--skip-remote-check'];
      await node.docker(['plugin', 'upgrade', ...options, PLUGIN, reference], { timeout: 300_000 });
      await node.docker(['plugin', 'enable', PLUGIN]);
      await reloadEngine(node, { ...settings, 'authorization-plugins': [PLUGIN] });
      assert.equal(await isJudged(node), true);
      const { plugin } = await processes(node);
      assert.match((await node.run('cat', [`/proc/${plugin}/root/var/lib/swarmwall/mark`])).stdout, /^kept/u);
      await waitEnforced(lab);
    });

    it('goes, and can be installed again', async () => {
      const node = lab.node('node2');
      const settings = settingsFor(registry);
      await reloadEngine(node, settings);
      assert.equal(await isJudged(node), false);
      await node.docker(['plugin', 'rm', '--force', PLUGIN]);
      await eventually(async () => Object.keys(await processes(node)).length === 0);
      await installPlugin(node, `${registry.host}/${PLUGIN}:1`);
      await waitEnforced(lab);
    });
  });
