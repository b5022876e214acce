import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineCalls } from '../fuzz/engine-calls.ts';
import { AuthzPlugin } from '../lab/authz-plugin.ts';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { ALLOWED, answerOf, FORBIDDEN } from './authz-calls.ts';

/** A plugin that answers every question with this. */
function fakePlugin(node: LabNode, name: string, implementing: string, answer: string): Promise<LabProcess> {
  const socket = `/run/docker/plugins/${name}.sock`;
  const script = `
    const [socket, implementing, answer] = process.argv.slice(1);
    require('http').createServer((request, response) => {
      request.resume().on('end', () =>
        response.end(request.url === '/Plugin.Activate' ? JSON.stringify({ Implements: [implementing] }) : answer));
    }).listen(socket);`;
  return node.spawn('node', ['-e', script, socket, implementing, answer], name);
}

/** docs/authorization.md, "When it fails", says what these show. */
describe('an authorization plugin that fails', () => {
  let lab: Lab;
  let node: LabNode;
  let plugin: AuthzPlugin;
  let api: ReturnType<typeof engineCalls>;
  let container: string;

  const ask = () => answerOf(api.call(ALLOWED));
  const settings = (plugins: readonly string[]) =>
    node.writeFile('/etc/docker/daemon.json', JSON.stringify({ 'authorization-plugins': plugins }));

  before(async () => {
    lab = await createLab({ prefix: `failing-${process.pid}`, nodes: 1 });
    node = lab.manager;
    plugin = new AuthzPlugin(node);
    await plugin.start();
    await plugin.enable();
    api = engineCalls(node.socketPath);
    container = (await node.docker(['run', '--detach', 'swarmwall/demo:1'])).stdout;
  });
  after(async () => {
    api.close();
    await lab.destroy();
  });

  it('slow: calls wait for it', async () => {
    plugin.process?.pause();
    const [waiting, forbidden] = [ask(), answerOf(api.call(FORBIDDEN))];
    assert.equal(await Promise.race([waiting, forbidden, sleep(2_000, 'none')]), 'none');
    plugin.process?.resume();
    assert.equal((await waiting).status, 200);
    assert.equal((await forbidden).status, 403);
  });

  it('killed: calls wait for 15 s, are refused then, and pass when it is back before', async () => {
    await plugin.stop('SIGKILL');
    const refused = await ask();
    assert.equal(refused.status, 500);
    assert.match(JSON.stringify(refused.body), /plugin swarmwall failed with error: .*swarmwall\.sock/u);
    const waiting = ask();
    await sleep(500);
    await plugin.start();
    assert.equal((await waiting).status, 200);
    assert.equal((await api.call(FORBIDDEN)).status, 403);
  });

  it('gone for good: daemon.json without it, and a SIGHUP, let the administrator in', async () => {
    await plugin.stop('SIGKILL');
    await plugin.disable();
    assert.equal((await ask()).status, 200);
    await plugin.start();
    await plugin.enable();
    assert.equal((await api.call(FORBIDDEN)).status, 403);
  });

  for (const [name, answer] of [
    ['garbage', 'x'],
    ['empty', '{}'],
    ['mistyped', '{"Allow":"true"}'],
  ] as const)
    it(`answering ${answer}: refused`, async () => {
      const fake = await fakePlugin(node, name, 'authz', answer);
      await eventually(async () => (await node.run('ls', ['/run/docker/plugins'])).stdout.includes(name));
      await plugin.configure([name]);
      assert.ok((await ask()).status >= 400);
      await plugin.configure(['swarmwall']);
      assert.equal((await ask()).status, 200);
      await fake.stop('SIGKILL');
    });

  it('named in daemon.json but nowhere: SIGHUP ends the engine, not its containers; without the name it starts', async () => {
    const { stdout } = await node.docker(['inspect', '--format', '{{.State.Pid}}', container]);
    settings(['nowhere']);
    const engine = node.engine;
    engine?.kill('SIGHUP');
    await eventually(() => engine?.alive === false, 120_000);
    assert.match(engine?.log() ?? '', /Error validating authorization plugin.*nowhere/u);
    assert.equal((await node.run('kill', ['-0', stdout], { reject: false })).exitCode, 0);
    await assert.rejects(node.startEngine(0), /authorization plugin/u);
    settings([]);
    await node.startEngine();
    assert.equal((await ask()).status, 200);
  });

  it('not there when the engine starts: it does not start; with the plugin it does', async () => {
    await plugin.stop();
    settings(['swarmwall']);
    await node.stopEngine();
    await assert.rejects(node.startEngine(0), /authorization plugin/u);
    await plugin.start();
    await node.startEngine();
    assert.equal((await ask()).status, 200);
    assert.equal((await api.call(FORBIDDEN)).status, 403);
  });
});
