import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { leftovers, netnsOf } from '../lab/leftovers.ts';
import { fromOutside, probe, probeAll } from '../lab/probe.ts';
import { identify, isAlive } from '../lab/process-id.ts';
import { removeDeadLabs } from '../lab/remove-lab.ts';
import { runningTasks, waitRunning, type LabTask } from '../lab/tasks.ts';

const STACK = `version: '3.8'
services:
  echo:
    image: swarmwall/demo:1
    command: [tcp/8080, udp/5353]
    networks: [mesh]
    ports: [{ target: 8080, published: 8000, mode: host }]
    deploy: { mode: global, endpoint_mode: dnsrr }
networks: { mesh: {} }
`;

describe('the lab', () => {
  let lab: Lab;
  const namespaces: string[] = [];

  before(async () => {
    lab = await createLab({ prefix: `test-${process.pid}` });
    await lab.swarm();
    namespaces.push(netnsOf(lab.outside.init.pid), ...lab.nodes.map((node) => netnsOf(node.init.pid)));
  });
  after(() => lab.destroy());

  it('is a Swarm of two engines of the version asked for', async () => {
    const { stdout } = await lab.manager.docker([
      'node',
      'ls',
      '--format',
      '{{.Hostname}} {{.Status}} {{.EngineVersion}}',
    ]);
    const nodes = stdout.split('\n').sort();
    assert.equal(nodes.length, 2);
    for (const [index, node] of nodes.entries())
      assert.match(node, new RegExp(`^node${index + 1} Ready ${lab.engine.replace('.', '\\.')}`));
  });

  it('carries TCP and UDP between tasks of both nodes, and from outside to published ports', async () => {
    lab.manager.writeFile('/root/stack.yaml', STACK);
    await lab.manager.docker([
      'stack',
      'deploy',
      '--resolve-image',
      'never',
      '-c',
      '/root/stack.yaml',
      'lab',
    ]);
    const tasks = await waitRunning(lab, ['lab_echo']);
    assert.deepEqual(
      tasks.map((task) => task.node.name),
      ['node1', 'node2'],
    );
    const [one, two] = tasks as [LabTask, LabTask];
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const) {
      const address = to.addresses['lab_mesh']!;
      // A task runs before it listens, and the nodes learn of each other's tasks by gossip.
      await eventually(async () => {
        const answers = await probeAll(from.prober, [
          { protocol: 'tcp', address, port: 8080 },
          { protocol: 'udp', address, port: 5353 },
          { protocol: 'tcp', address, port: 8081 },
          { protocol: 'udp', address, port: 5354 },
        ]);
        assert.deepEqual(
          answers.map(({ observed }) => observed),
          ['allowed', 'allowed', 'denied', 'denied'],
        );
        assert.equal(answers[0]?.by, to.container.slice(0, 12));
        assert.equal(answers[1]?.by, to.container.slice(0, 12));
        const published = { protocol: 'tcp', address: to.node.address, port: 8000 } as const;
        const outside = await probe(fromOutside(lab.outside), published);
        assert.equal(outside.by, to.container.slice(0, 12));
      });
    }
  });

  it('has what the agent needs on every node', async () => {
    for (const node of lab.nodes) {
      for (const tool of ['nft', 'iptables', 'ipset', 'conntrack', 'nsenter'])
        await node.run(tool, ['--version'], { timeout: 5_000 });
      assert.equal((await node.run('node', ['--version'])).stdout.trim(), process.version);
      const network = await lab.manager.docker(['network', 'inspect', '--format', '{{.Id}}', 'lab_mesh']);
      const netns = await node.overlayNetns(network.stdout.trim());
      assert.ok(netns, 'the overlay has a namespace');
      assert.match((await node.inNetns(netns, 'ip', ['-o', 'link'])).stdout, /vxlan0/);
    }
  });

  it('takes a node that joins late', async () => {
    const late = await lab.addNode();
    namespaces.push(netnsOf(late.init.pid));
    const tasks = await eventually(async () => {
      const running = await runningTasks(lab, ['lab_echo']);
      return running.length === 3 && running;
    }, 90_000);
    const [first, , third] = tasks as [LabTask, LabTask, LabTask];
    assert.equal(third.node, late);
    const target = { protocol: 'tcp', address: third.addresses['lab_mesh']!, port: 8080 } as const;
    await eventually(async () => (await probe(first.prober, target)).observed === 'allowed');
  });

  it('restarts an engine', async () => {
    const late = lab.node('node3');
    await late.restartEngine();
    assert.match((await late.docker(['info', '--format', '{{.Name}}'])).stdout, /node3/);
  });

  it('leaves nothing when it is destroyed', async () => {
    await lab.destroy();
    await leavesNothing(lab.prefix, namespaces);
  });
});

/** The launchers of what ran in it, outside of its namespaces, end a moment after it. */
const leavesNothing = (prefix: string, namespaces: readonly string[]) =>
  eventually(() => {
    assert.deepEqual(leftovers(prefix, namespaces), []);
  }, 10_000);

describe('a lab whose owner was stopped', () => {
  it('is removed at once on Ctrl-C, also while a program runs in it', async () => {
    const prefix = `interrupted-${process.pid}`;
    const script = join(import.meta.dirname, '..', 'lab', 'crash-owner.ts');
    const owner = spawn(process.execPath, ['--import', 'tsx', script, prefix], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(owner.stdout, 'data')) as [Buffer];
    const namespaces = [netnsOf(Number(said.toString().split(' ')[1]))];
    const ended = once(owner, 'exit');
    owner.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
    await leavesNothing(prefix, namespaces);
  });

  it('is removed by the next start', async () => {
    const prefix = `crash-${process.pid}`;
    const script = join(import.meta.dirname, '..', 'lab', 'crash-owner.ts');
    const owner = spawn(process.execPath, ['--import', 'tsx', script, prefix], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(owner.stdout, 'data')) as [Buffer];
    const init = identify(Number(said.toString().split(' ')[1]))!;
    const namespaces = [netnsOf(init.pid)];
    const ended = once(owner, 'exit');
    owner.kill('SIGKILL');
    await ended;
    assert.ok(isAlive(init), 'the engine is still there: nobody has cleaned up');

    assert.ok((await removeDeadLabs()).includes(prefix));
    assert.ok(!isAlive(init));
    await leavesNothing(prefix, namespaces);
  });

  it('leaves nothing running even when it died while it was being made', async () => {
    const prefix = `young-${process.pid}`;
    const script = join(import.meta.dirname, '..', 'lab', 'crash-owner.ts');
    for (const delay of [250, 400, 550, 700, 900]) {
      const owner = spawn(process.execPath, ['--import', 'tsx', script, prefix], { stdio: 'ignore' });
      const ended = once(owner, 'exit');
      setTimeout(() => owner.kill('SIGKILL'), delay);
      await ended;
      // One that was not yet on record ends by itself, a moment after its owner; its folder may be a new one's for 10 s.
      await eventually(async () => {
        await removeDeadLabs();
        assert.deepEqual(leftovers(prefix, []), [], `killed after ${delay} ms`);
      }, 30_000);
    }
  });
});
