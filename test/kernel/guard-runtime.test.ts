import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StartAnswer } from '../../plugin/agent/starts/hold-starts.ts';
import type { StartQuestion } from '../../plugin/agent/starts/start-question.ts';
import { serveStarts, type StartServer } from '../../plugin/agent/starts/start-server.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './lab/namespaces.ts';

const PROGRAM = join(dirname(dirname(import.meta.dirname)), 'dist', 'swarmwall-runc');
const ID = 'c0ffee'.repeat(10) + 'c0ff';
const MAC = '02:42:0a:00:01:05';
const FILE = '1-abcdefghij';
/** What containerd says before the subcommand. */
const GLOBAL = ['--root', '/run/runc/moby', '--log-format', 'json', '--systemd-cgroup'];

interface Ran {
  readonly exitCode: number;
  readonly stderr: string;
  /** What the real runc was given; undefined: it was not run. */
  readonly passed: readonly string[] | undefined;
  /** runc's log. */
  readonly log: string;
}

describe('the guard runtime', () => {
  const [sandbox, overlay, host] = ['sandbox', 'overlay', 'node'].map((role) =>
    namespaceName(`guard-${role}`),
  ) as [string, string, string];
  let folder: string;
  let waiting: ChildProcess;
  let server: StartServer | undefined;
  let asked: StartQuestion[];

  before(() => {
    assert.ok(existsSync(PROGRAM), `${PROGRAM}: node .ci/prepare.mjs lab makes it`);
    removeNamespaces([sandbox, overlay, host]);
    for (const name of [sandbox, overlay, host]) addNamespace(name);
    inNamespace(overlay, 'ip', [
      'link',
      'add',
      'veth7',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      sandbox,
    ]);
    inNamespace(host, 'ip', [
      'link',
      'add',
      'veth9',
      'type',
      'veth',
      'peer',
      'name',
      'eth1',
      'netns',
      sandbox,
    ]);
    inNamespace(sandbox, 'ip', ['link', 'set', 'eth0', 'address', MAC]);
    inNamespace(sandbox, 'ip', ['address', 'add', '10.0.1.5/24', 'dev', 'eth0']);
    inNamespace(sandbox, 'ip', ['address', 'add', '172.18.0.3/16', 'dev', 'eth1']);
    folder = mkdtempSync(join(tmpdir(), 'guard-'));
    cpSync(PROGRAM, join(folder, 'swarmwall-runc'));
    mkdirSync(join(folder, 'netns'));
    for (const name of [FILE, 'c0ffeec0ffee']) writeFileSync(join(folder, 'netns', name), '');
    execFileSync('mount', ['--bind', `/run/netns/${overlay}`, join(folder, 'netns', FILE)]);
    mkdirSync(join(folder, ID));
    // What is waiting to become the container's first process.
    waiting = spawn('nsenter', [`--net=/run/netns/${sandbox}`, 'sleep', '300'], { stdio: 'ignore' });
    writeFileSync(join(folder, ID, 'init.pid'), String(waiting.pid));
    const runc = join(folder, 'runc');
    writeFileSync(
      runc,
      `#!/bin/sh\nreadlink /proc/self/ns/net > ${folder}/ran-in\nprintf '%s\\n' "$@" > ${folder}/ran\n`,
    );
    chmodSync(runc, 0o755);
    execFileSync('sh', [
      '-c',
      `until [ "$(readlink /proc/${waiting.pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done`,
    ]);
  });
  after(() => {
    waiting.kill('SIGKILL');
    spawnSync('umount', [join(folder, 'netns', FILE)]);
    removeNamespaces([sandbox, overlay, host]);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    settle({});
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const socket = (): string => join(folder, 'guard.sock');

  function settle(settings: Readonly<Record<string, string>>): void {
    const all = {
      runtime: join(folder, 'runc'),
      socket: socket(),
      netns: join(folder, 'netns'),
      wait_ms: '300',
      ...settings,
    };
    const text = Object.entries(all)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
    writeFileSync(join(folder, 'swarmwall-runc.conf'), text, { mode: 0o644 });
  }

  async function answerWith(answer: StartAnswer): Promise<void> {
    server = await serveStarts(socket(), (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    });
  }

  async function run(args: readonly string[], cwd = join(folder, ID)): Promise<Ran> {
    for (const name of ['ran', 'ran-in', 'log.json']) rmSync(join(folder, name), { force: true });
    const child = spawn(join(folder, 'swarmwall-runc'), ['--log', join(folder, 'log.json'), ...args], {
      cwd,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const exitCode = await new Promise<number>((resolve) =>
      child.once('close', (code) => resolve(code ?? -1)),
    );
    const read = (name: string) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
    if (read('ran') !== undefined)
      assert.equal(read('ran-in'), `${execFileSync('readlink', ['/proc/self/ns/net']).toString()}`);
    return {
      exitCode,
      stderr,
      passed: read('ran')?.trimEnd().split('\n').slice(2),
      log: read('log.json') ?? '',
    };
  }

  const START = [...GLOBAL, 'start', ID];

  it('tells the agent what the kernel has of the container, and starts it at its word, with the same words', async () => {
    await answerWith({ go: true });
    assert.deepEqual((await run(START)).passed, START);
    assert.deepEqual(asked, [
      {
        container: ID,
        interfaces: [
          { kind: 'overlay', file: FILE, port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] },
          { kind: 'other', mac: asked[0]?.interfaces[1]?.mac, addresses: ['172.18.0.3'] },
        ],
      },
    ]);
  });

  it('does not start it when the agent refuses, and says why where containerd looks', async () => {
    await answerWith({ go: false, why: 'still missing: "rules"\u001b[31m' });
    const { exitCode, passed, stderr, log } = await run(START);
    assert.equal(exitCode, 1);
    assert.equal(passed, undefined);
    assert.equal(stderr.trim(), 'swarmwall: still missing: ?rules??[31m');
    assert.deepEqual(JSON.parse(log), { level: 'error', msg: stderr.trim() });
  });

  it('refuses a container on an overlay while no agent answers, and starts it where that is open', async () => {
    assert.match((await run(START)).stderr, /no agent answers/u);
    settle({ without_agent: 'open' });
    assert.deepEqual((await run(START)).passed, START);
  });

  it('asks again while the agent is on its way', async () => {
    settle({ wait_ms: '20000' });
    const running = run(START);
    await answerWith({ go: true });
    assert.deepEqual((await running).passed, START);
  });

  it('asks the next agent when one ends without a word', async () => {
    settle({ wait_ms: '20000' });
    let ended = 0;
    const ending = createServer((connection) => {
      ended += 1;
      if (ended < 3) connection.once('data', () => connection.destroy());
      else connection.end('go\n');
      connection.on('error', () => undefined).resume();
    }).listen(socket());
    assert.deepEqual((await run(START)).passed, START);
    assert.equal(ended, 3);
    await new Promise((resolve) => ending.close(resolve));
  });

  it('takes no half word, and no other', async () => {
    for (const word of ['g', 'gone\n', '\n', 'x'.repeat(5_000)]) {
      const half = createServer((connection) => {
        connection.on('error', () => undefined);
        connection.resume().end(word);
      });
      await new Promise<void>((resolve) => half.listen(socket(), resolve));
      assert.equal((await run(START)).passed, undefined, word.slice(0, 10));
      await new Promise((resolve) => half.close(resolve));
    }
  });

  it('holds nothing else, and asks nobody', async () => {
    for (const args of [
      [...GLOBAL, 'create', '--bundle', folder, '--pid-file', join(folder, 'x'), ID],
      [...GLOBAL, 'kill', ID, '9'],
      [...GLOBAL, 'exec', '--process', '/start', ID],
      [...GLOBAL, 'delete', '--force', 'start'],
      ['--version'],
      ['--root=start', 'state', ID],
    ])
      assert.deepEqual((await run(args)).passed, args);
  });

  it('finds the subcommand behind any of runc’s options', async () => {
    for (const before of [['-debug'], ['--root=/x', '-log-format=text'], ['--rootless', 'true'], ['--']]) {
      const { passed, stderr } = await run([...before, 'start', ID]);
      assert.equal(passed, undefined, before.join(' '));
      assert.match(stderr, /no agent answers/u);
    }
    assert.match((await run(['--strange', 'start', ID])).stderr, /not known/u);
    assert.match((await run(['--root', '/x', 'restore', ID])).stderr, /before its rules/u);
    assert.match((await run(['run', ID])).stderr, /before its rules/u);
  });

  it('refuses what is no name, and a process that is not this container’s', async () => {
    await answerWith({ go: true });
    for (const id of ['../x', 'a/b', '.', 'a b', 'é', 'x'.repeat(300)])
      assert.match((await run([...GLOBAL, 'start', id])).stderr, /no container's name/u, id);
    assert.match((await run(START, folder)).stderr, /process of this container is not known/u);
    for (const pid of ['', 'x', '1', '-5', '99999999999', '12 ; ']) {
      writeFileSync(join(folder, ID, 'init.pid'), pid);
      assert.match((await run(START)).stderr, /process of this container is not known/u, pid);
    }
    writeFileSync(join(folder, ID, 'init.pid'), String(waiting.pid));
    assert.deepEqual(asked, []);
  });

  it('holds no container of the node’s own network', async () => {
    writeFileSync(join(folder, ID, 'init.pid'), String(process.pid));
    assert.deepEqual((await run(START)).passed, START);
    writeFileSync(join(folder, ID, 'init.pid'), String(waiting.pid));
  });

  it('takes no settings that others may write, or that it does not know', async () => {
    settle({ hold: 'off' });
    assert.deepEqual((await run(START)).passed, START);
    chmodSync(join(folder, 'swarmwall-runc.conf'), 0o666);
    assert.match((await run(START)).stderr, /others than root/u);
    chmodSync(join(folder, 'swarmwall-runc.conf'), 0o644);
    for (const bad of [
      { wait_ms: '0' },
      { wait_ms: '5x' },
      { hold: 'maybe' },
      { without_agent: '' },
      { socket: 'x' },
      { x: '' },
    ]) {
      settle(bad as unknown as Readonly<Record<string, string>>);
      assert.match((await run(START)).stderr, /swarmwall-runc.conf/u, JSON.stringify(bad));
    }
    writeFileSync(join(folder, 'swarmwall-runc.conf'), `${'#'.repeat(9_000)}\n`);
    assert.match((await run(START)).stderr, /can't be read/u);
  });
});
