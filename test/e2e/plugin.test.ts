import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { waitEnforced } from '../lab/demo/enforce.ts';
import { FULL_KERNEL } from '../lab/full-kernel.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import {
  PLUGIN,
  hangUp,
  installPlugin,
  publishPlugin,
  reloadEngine,
  settingsFor,
  startManagedPlugin,
} from '../lab/managed-plugin.ts';
import type { LabNode } from '../lab/node.ts';
import { startRegistry, type LabRegistry } from '../lab/registry.ts';
import { waitRunning } from '../lab/tasks.ts';

/** Bytes of the largest blob in the registry: the plugin's root file system, as it is pushed and pulled. */
const MOST_BYTES = 45_000_000;

/** Docker's words when an authorization plugin has refused. */
const REFUSED = new RegExp(`authorization denied by plugin ${PLUGIN}`, 'u');

/** One key twice: Go takes the last, so what was judged need not be what is done. Without a plugin the engine takes it. */
const TWO_WAYS = '{"Image":"swarmwall/demo:1","Image":"swarmwall/none:1"}';

/** With rules of its own on every node, in an overlay and at a published port. */
const GUARDED = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/8080]
    networks: [mesh]
    ports: [{ target: 8080, published: 8010, mode: host }]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: "world:8080" } }
networks: { mesh: {} }
`;

/** Every rule and set of the node, in each network namespace of Docker's and its own; without counters. */
async function kernelOf(node: LabNode): Promise<string> {
  const { stdout: files } = await node.run('ls', ['/run/docker/netns']);
  const parts: string[] = [];
  const add = async (netns: string, file: string, args: readonly string[]): Promise<void> => {
    const ran = netns
      ? await node.inNetns(`/run/docker/netns/${netns}`, file, args)
      : await node.run(file, args);
    const text = ran.stdout
      .replace(/^#.*$/gmu, '')
      .replace(/\[\d+:\d+\]|counter packets \d+ bytes \d+/gu, '');
    const shown = file === 'ip' ? (text.match(/"nf_call_\w+":\d/gu) ?? []).join(' ') : text;
    parts.push(`${netns} ${file} ${args.join(' ')}\n${shown}`);
  };
  const live: string[] = [];
  for (const file of files.split('\n').filter(Boolean)) {
    // Older engines leave the file of a namespace that is gone for a while.
    const { stdout: kind } = await node.run('stat', ['-f', '-c', '%T', `/run/docker/netns/${file}`]);
    if (kind.trim() === 'nsfs') live.push(file);
  }
  assert.ok(live.length > 0);
  for (const netns of ['', ...live]) {
    await add(netns, 'nft', ['-s', 'list', 'ruleset']);
    await add(netns, 'ip', ['-j', '-d', 'link', 'show', 'type', 'bridge']);
  }
  await add('', 'ipset', ['save']);
  await add('', 'iptables-nft-save', []);
  await add('', 'iptables-legacy-save', []);
  return parts.join('\n');
}

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

const GUARD = '/usr/local/lib/swarmwall/swarmwall-runc';

const runtimeOf = async (node: LabNode): Promise<string> =>
  (await node.docker(['info', '--format', '{{.DefaultRuntime}}'])).stdout.trim();

const runOn = (node: LabNode, network: string) =>
  node.docker(
    ['run', '--rm', '--network', network, '--entrypoint', '/bin/echo', 'swarmwall/demo:1', 'runs'],
    {
      reject: false,
    },
  );

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
      // Swarm refuses a change that another one has overtaken.
      await eventually(() => lab.manager.docker(['node', 'promote', 'node2']));
      await eventually(async () => 'controller' in (await processes(worker)), 40_000);
      await eventually(() => lab.manager.docker(['node', 'demote', 'node2']));
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

    describe('by node install and uninstall', () => {
      /** In a style that no tool writes. */
      const settings = (): string =>
        `{"debug" : false,\n\n   "insecure-registries":[ "${registry.host}" ]\t}\n\n`;
      const reference = (): string => `${registry.host}/${PLUGIN}:1`;
      const swarmwall = (node: LabNode, args: readonly string[]) =>
        node.run('swarmwall', ['node', ...args], { reject: false, timeout: 300_000 });
      const readSettings = async (node: LabNode): Promise<string> =>
        (await node.run('base64', ['-w0', '/etc/docker/daemon.json'])).stdout;
      let node: LabNode;
      let kernelBefore: string;

      before(async () => {
        node = lab.node('node2');
        await reloadEngine(node, settingsFor(registry));
        await node.docker(['plugin', 'rm', '--force', PLUGIN]);
        await node.run('swarmwall', ['uninstall']);
        lab.manager.writeFile('/root/guarded.yaml', GUARDED);
        const deploy = ['stack', 'deploy', '--resolve-image', 'never', '-c', '/root/guarded.yaml', 'guarded'];
        await lab.manager.docker(deploy);
        await waitRunning(lab, ['guarded_web']);
        node.writeFile('/etc/docker/daemon.json', settings());
        await hangUp(node);
        kernelBefore = await kernelOf(node);
      });

      it('says what it would do, and does nothing', async () => {
        const { stdout, exitCode } = await swarmwall(node, ['install', '--dry-run', reference()]);
        assert.equal(exitCode, 0);
        assert.deepEqual(stdout.split('\n'), [
          'would keep /etc/docker/daemon.json as it was, for uninstall',
          `would docker plugin install --grant-all-permissions --alias ${PLUGIN} ${reference()}`,
          `would copy the guard runtime from the plugin to ${GUARD}`,
          'would write /etc/docker/daemon.json',
          'would SIGHUP to dockerd: it asks the plugin before each call, and starts containers with swarmwall',
        ]);
        assert.equal((await node.docker(['plugin', 'ls', '--quiet'])).stdout, '');
        assert.equal(Buffer.from(await readSettings(node), 'base64').toString(), settings());
      });

      it('sets the node up, once', async () => {
        const done = await swarmwall(node, ['install', reference()]);
        assert.equal(done.exitCode, 0, `${done.stdout}${done.stderr}`);
        assert.equal(await isJudged(node), true);
        assert.deepEqual(
          Buffer.from(await readSettings(node), 'base64').toString(),
          settings().replace(
            / \]/u,
            [
              ' ],\n\n   "authorization-plugins": ["swarmwall"],',
              `   "runtimes": { "swarmwall": {"path":"${GUARD}"} },`,
              '   "default-runtime": "swarmwall"',
            ].join('\n\n'),
          ),
        );
        assert.equal(await runtimeOf(node), 'swarmwall');
        assert.equal((await runOn(node, 'bridge')).stdout, 'runs');
        const again = await swarmwall(node, ['install']);
        assert.equal(again.stdout, 'nothing to do: this node is set up');
        await waitEnforced(lab);
        assert.notEqual(await kernelOf(node), kernelBefore, 'there are rules now');
      });

      it('is examined by node doctor', async () => {
        const { stdout, exitCode } = await swarmwall(node, ['doctor', '--json']);
        const { findings } = JSON.parse(stdout) as { findings: readonly { code: string }[] };
        const codes = findings.map(({ code }) => code);
        assert.equal(exitCode, 1);
        const expected = ['engine-cve-2026-34040', 'no-esp', 'userland-proxy', 'plain-overlay'];
        if (engine === '20.10') expected.unshift('engine-cve-2024-41110');
        assert.deepEqual(
          codes,
          expected.filter((code) => !FULL_KERNEL || code !== 'no-esp'),
        );
      });

      it('is undone: daemon.json and the kernel byte for byte as before', async () => {
        const done = await swarmwall(node, ['uninstall']);
        assert.equal(done.exitCode, 0, `${done.stdout}${done.stderr}`);
        assert.equal(Buffer.from(await readSettings(node), 'base64').toString(), settings());
        assert.equal(await isJudged(node), false);
        assert.equal(await runtimeOf(node), 'runc');
        assert.notEqual((await node.run('stat', [GUARD], { reject: false })).exitCode, 0);
        assert.equal((await node.docker(['plugin', 'ls', '--quiet'])).stdout, '');
        assert.equal(await kernelOf(node), kernelBefore);
        assert.notEqual((await node.run('stat', ['/var/lib/swarmwall'], { reject: false })).exitCode, 0);
        const again = await swarmwall(node, ['uninstall']);
        assert.equal(again.stdout, "nothing to do: nothing of Swarmwall's is here");
      });

      it('leaves no daemon.json where there was none, and an engine that starts', async () => {
        await node.run('rm', ['/etc/docker/daemon.json']);
        await node.docker([
          'plugin',
          'install',
          '--disable',
          '--grant-all-permissions',
          '--alias',
          PLUGIN,
          reference(),
        ]);
        await hangUp(node);
        assert.equal((await swarmwall(node, ['install'])).exitCode, 0);
        assert.equal(await isJudged(node), true);
        await node.restartEngine();
        assert.equal(await isJudged(node), true);
        assert.equal((await swarmwall(node, ['uninstall'])).exitCode, 0);
        assert.notEqual((await node.run('stat', ['/etc/docker/daemon.json'], { reject: false })).exitCode, 0);
        const { stdout } = await node.docker(['plugin', 'ls', '--format', '{{.Name}} {{.Enabled}}']);
        assert.equal(stdout, `${PLUGIN}:latest false`);
        await node.restartEngine();
        assert.equal(await isJudged(node), false);
      });
    });

    describe('as an image of the same files', () => {
      it('runs as a global service', async () => {
        for (const node of lab.nodes) {
          await reloadEngine(node, settingsFor(registry));
          await node.docker(['plugin', 'rm', '--force', PLUGIN]);
          await node.run('swarmwall', ['uninstall']);
        }
        await lab.manager.docker(['stack', 'rm', 'guarded']);
        const image = `${registry.host}/swarmwall-image:1`;
        const { manager } = lab;
        manager.writeFile('/root/build/Dockerfile', readFileSync('Dockerfile', 'utf8'));
        manager.writeFile('/root/swarmwall-stack.yml', readFileSync('examples/swarmwall-stack.yml', 'utf8'));
        await manager.run('mkdir', ['-p', '/root/build/dist']);
        await manager.run('cp', ['-a', '/opt/swarmwall/plugin', '/root/build/dist/']);
        await manager.docker(['build', '--tag', image, '/root/build'], { timeout: 300_000 });
        await manager.docker(['push', image], { timeout: 300_000 });
        const deploy = ['stack', 'deploy', '-c', '/root/swarmwall-stack.yml', 'swarmwall'];
        await manager.run('env', [`SWARMWALL_IMAGE=${image}`, 'docker', ...deploy]);
        await waitEnforced(lab, 90_000);
        await manager.docker(['stack', 'rm', 'swarmwall']);
      });
    });
  });
