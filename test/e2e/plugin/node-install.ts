import assert from 'node:assert/strict';
import { waitEnforced } from '../../lab/demo/enforce.ts';
import { eventually } from '../../lab/eventually.ts';
import { FULL_KERNEL } from '../../lab/full-kernel.ts';
import { PLUGIN, hangUp, reloadEngine, settingsFor } from '../../lab/managed-plugin.ts';
import type { LabNode } from '../../lab/node.ts';
import { waitRunning } from '../../lab/tasks.ts';
import { deployStack } from '../agents.ts';
import { isJudged } from './guarded-node.ts';
import { kernelOf, settledKernelOf } from './kernel-of.ts';
import type { PluginWorld } from './plugin-world.ts';

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

const GUARD = '/usr/local/lib/swarmwall/swarmwall-runc';

const runtimeOf = async (node: LabNode): Promise<string> =>
  (await node.docker(['info', '--format', '{{.DefaultRuntime}}'])).stdout.trim();

const ECHO = ['--entrypoint', '/bin/echo', 'swarmwall/demo:1', 'runs'];
const runOn = (node: LabNode, network: string) =>
  node.docker(['run', '--rm', '--network', network, ...ECHO], { reject: false });

/** `swarmwall node install` and `uninstall`, on a node that has rules of its own to keep. */
export function nodeInstall(world: PluginWorld): void {
  describe('by node install and uninstall', () => {
    /** In a style that no tool writes. */
    const settings = (): string =>
      `{"debug" : false,\n\n   "insecure-registries":[ "${world.registry.host}" ]\t}\n\n`;
    const reference = (): string => `${world.registry.host}/${PLUGIN}:1`;
    const swarmwall = (node: LabNode, args: readonly string[]) =>
      node.run('swarmwall', ['node', ...args], { reject: false, timeout: 300_000 });
    const readSettings = async (node: LabNode): Promise<string> =>
      (await node.run('base64', ['-w0', '/etc/docker/daemon.json'])).stdout;
    let node: LabNode;
    let kernelBefore: string;

    before(async () => {
      node = world.lab.node('node2');
      await reloadEngine(node, settingsFor(world.registry));
      await node.docker(['plugin', 'rm', '--force', PLUGIN]);
      await node.run('swarmwall', ['uninstall']);
      await deployStack(world.lab, 'guarded', GUARDED);
      await waitRunning(world.lab, ['guarded_web']);
      node.writeFile('/etc/docker/daemon.json', settings());
      await hangUp(node);
      kernelBefore = await settledKernelOf(node);
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
      await waitEnforced(world.lab);
      assert.notEqual(await kernelOf(node), kernelBefore, 'there are rules now');
    });

    it('is examined by node doctor', async () => {
      const { stdout, exitCode } = await swarmwall(node, ['doctor', '--json']);
      const { findings } = JSON.parse(stdout) as { findings: readonly { code: string }[] };
      const codes = findings.map(({ code }) => code);
      assert.equal(exitCode, 1);
      const expected = ['engine-cve-2026-34040', 'no-esp', 'userland-proxy', 'plain-overlay'];
      if (world.engine === '20.10') expected.unshift('engine-cve-2024-41110');
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
      await eventually(async () => assert.equal(await kernelOf(node), kernelBefore));
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
}
