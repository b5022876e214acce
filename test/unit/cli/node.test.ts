import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeHost } from '../../../plugin/node/node-host.ts';
import type { NodeRecord, PluginState } from '../../../plugin/node/node-step.ts';
import type { Clock } from '../../../plugin/process/clock.ts';
import { cli } from './fake-io.ts';

const PATH = '/etc/docker/daemon.json';
const GUARD = '/usr/local/lib/swarmwall/swarmwall-runc';
const REFERENCE = 'registry.example.com/swarmwall:1';

/** A node whose engine does as real ones do, and writes down what was done to it. */
class FakeNode implements NodeHost {
  files = new Map<string, string>([
    [PATH, '{"debug": true}'],
    ['/var/lib/docker/plugins/id/rootfs/usr/local/bin/swarmwall-runc', 'program'],
  ]);
  record: NodeRecord | undefined;
  state: PluginState = 'absent';
  isAsked = false;
  /** It hangs, or has another mistake in its settings: no SIGHUP changes anything. */
  deaf = false;
  /** The runtime that the one container was made with. */
  made = 'runc';
  readonly log: string[] = [];

  engine = () => Promise.resolve({ pid: 42, argv: ['dockerd'], settings: PATH, dataRoot: '/var/lib/docker' });
  plugin = () => Promise.resolve(this.state);
  asked = () => Promise.resolve(this.isAsked);
  readRecord = () => Promise.resolve(this.record);
  writeRecord = (record: NodeRecord | undefined) => Promise.resolve(void (this.record = record));
  runtime = 'runc';
  removeFolder = () => Promise.resolve();
  findProgram = (name: string) => Promise.resolve(`/usr/bin/${name}`);
  docker = ([what, verb]: readonly string[]) => {
    if (what === 'info') return Promise.resolve(`${this.runtime}\n`);
    if (what === 'ps') return Promise.resolve('c1\n');
    if (what === 'inspect') return Promise.resolve(`${this.made}\n`);
    if (verb === 'inspect') return Promise.resolve('id\n');
    this.log.push(`docker plugin ${verb ?? ''}`);
    this.state = verb === 'rm' ? 'absent' : verb === 'disable' ? 'disabled' : 'enabled';
    return Promise.resolve('');
  };
  readFile = (path: string) => {
    const text = this.files.get(path);
    return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
  };
  writeFile = (path: string, bytes: Buffer | undefined) => {
    this.log.push(`${bytes === undefined ? 'remove' : 'write'} ${path}`);
    if (bytes === undefined) this.files.delete(path);
    else this.files.set(path, bytes.toString());
    return Promise.resolve();
  };
  hangUp = () => {
    const settings = this.files.get(PATH) ?? '{}';
    const listed = settings.includes('["swarmwall"]');
    assert.ok(
      !settings.includes('-runtime": "swarmwall"') || this.files.has(GUARD),
      'it would start nothing',
    );
    assert.ok(!listed || this.state === 'enabled', 'this ends a real engine');
    this.log.push('SIGHUP');
    if (this.deaf) return;
    this.isAsked = listed;
    this.runtime = /"default-runtime": "(\w+)"/u.exec(settings)?.[1] ?? this.runtime;
  };
}

/** Waiting is over at once. */
function hastyClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    elapsed: () => now,
    chance: () => 0.5,
    after: (milliseconds, call) => {
      now += milliseconds;
      setImmediate(call);
      return () => undefined;
    },
  };
}

describe('swarmwall node', () => {
  const node = (host: FakeNode, ...argv: readonly string[]) =>
    cli(['node', ...argv], {
      world: {
        nodeHost: () => Promise.resolve(host),
        clock: hastyClock(),
        uninstall: () => {
          host.log.push('release');
          return Promise.resolve({ agentStopped: true, namespaces: [], dockerUser: true });
        },
      },
    });

  it('install does each step once, uninstall undoes them, and both say so', async () => {
    const host = new FakeNode();
    const done = await node(host, 'install', REFERENCE);
    assert.equal(done.exitCode, 0, done.screen);
    assert.deepEqual(host.log.splice(0), [
      ...['docker plugin install', `write ${GUARD}.conf`, `write ${GUARD}`, `write ${PATH}`, 'SIGHUP'],
    ]);
    assert.deepEqual(JSON.parse(host.files.get(PATH) ?? ''), {
      debug: true,
      'authorization-plugins': ['swarmwall'],
      runtimes: { swarmwall: { path: GUARD } },
      'default-runtime': 'swarmwall',
    });
    assert.match(
      host.files.get(`${GUARD}.conf`) ?? '',
      /\nruntime=\/usr\/bin\/runc\nsocket=\/run\/docker\/plugins\/id\/guard\.sock\n/u,
    );
    assert.equal((await node(host, 'install')).stdout, 'nothing to do: this node is set up\n');
    assert.deepEqual(host.log, []);
    assert.equal((await node(host, 'uninstall')).exitCode, 0);
    assert.deepEqual(host.log, [
      ...[`write ${PATH}`, 'SIGHUP', `write ${PATH}`, 'release', 'docker plugin rm'],
      ...[`remove ${GUARD}`, `remove ${GUARD}.conf`],
    ]);
    assert.equal(host.runtime, 'runc');
    assert.deepEqual([host.files.get(PATH), host.record], ['{"debug": true}', undefined]);
    assert.match((await node(host, 'uninstall')).stdout, /^nothing to do/u);
  });

  it('keeps what an administrator set for the guard runtime, and the program while containers need it', async () => {
    const host = new FakeNode();
    host.files.set(`${GUARD}.conf`, 'without_agent=open\nhold=off\n');
    assert.equal((await node(host, 'install', REFERENCE)).exitCode, 0);
    assert.match(host.files.get(`${GUARD}.conf`) ?? '', /netns=.*\nwithout_agent=open\n$/u);
    host.made = 'swarmwall';
    assert.equal((await node(host, 'uninstall')).exitCode, 0);
    assert.equal(host.files.get(GUARD), 'program');
    assert.match(host.files.get(`${GUARD}.conf`) ?? '', /\nhold=off\n$/u);
    host.made = 'runc';
    assert.equal((await node(host, 'uninstall')).exitCode, 0);
    assert.equal(host.files.has(GUARD), false);
  });

  it('leaves the runtime alone when told to', async () => {
    const host = new FakeNode();
    assert.equal((await node(host, 'install', '--no-guard', REFERENCE)).exitCode, 0);
    assert.equal(host.files.get(PATH), '{"debug": true, "authorization-plugins": ["swarmwall"]}');
    assert.equal(host.files.has(GUARD), false);
  });

  it('does nothing on a dry run, and says the same in JSON', async () => {
    const host = new FakeNode();
    const text = await node(host, 'install', '--dry-run', REFERENCE);
    const json = (await node(host, 'install', '--dry-run', '--json', REFERENCE)).json<{
      changed: boolean;
      steps: readonly { kind: string; text: string }[];
    }>();
    assert.equal(json.changed, false);
    assert.equal(text.stdout, json.steps.map((step) => `would ${step.text}\n`).join(''));
    assert.deepEqual(host.log, []);
  });

  it('gives the engine its old settings back when it does not take the new ones', async () => {
    const host = new FakeNode();
    host.deaf = true;
    const done = await node(host, 'install', '--json', REFERENCE);
    assert.equal(done.exitCode, 2);
    assert.match(done.json<{ error: { message: string } }>().error.message, /has not taken/u);
    assert.equal(host.files.get(PATH), '{"debug": true}');
    assert.equal(host.log.at(-1), 'SIGHUP');
  });

  it('never tells the engine of a plugin that is not there', async () => {
    const host = new FakeNode();
    host.files.set(PATH, '{"authorization-plugins": ["swarmwall"]}');
    host.isAsked = true;
    host.deaf = true;
    assert.equal((await node(host, 'uninstall')).exitCode, 2);
    assert.equal(host.files.get(PATH), '{}');
    host.docker = () => Promise.resolve('');
    assert.equal((await node(host, 'install', REFERENCE)).exitCode, 2);
    assert.equal(host.files.get(PATH), '{}');
  });

  it('changes nothing where daemon.json is not as Docker would read it', async () => {
    const host = new FakeNode();
    host.files.set(PATH, '{"debug": tru');
    const done = await node(host, 'install', REFERENCE);
    assert.equal(done.exitCode, 2);
    assert.match(done.stderr, /daemon\.json is not edited: it is not valid JSON[^]*Nothing was changed/u);
    assert.deepEqual(host.log, []);
  });
});
