import assert from 'node:assert/strict';
import type { HeldStarts } from '../../plugin/api/types.ts';
import { FirstPackets } from '../lab/first-packet/range.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import { useRuntime } from '../lab/guard-runtime.ts';
import type { Lab } from '../lab/lab.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents } from './agents.ts';

const say = (text: string): void => void process.stderr.write(`      ${text}\n`);

describe('the first packet of a task', () => {
  let lab: Lab;
  let agents: Agents;
  let range: FirstPackets;

  before(async () => {
    lab = await sharedLab();
    agents = new Agents(lab);
    await agents.start();
    range = await FirstPackets.open(lab);
  });
  after(async () => {
    await range.close();
    for (const node of lab.nodes) {
      await useRuntime(node, 'runc');
      await node.run('rm', ['/etc/docker/daemon.json']);
    }
    await agents.remove();
    await resetLab(lab);
  });

  /** A network that nobody has seen yet, its victims and its attackers all at once; then more attackers on it. */
  async function fire(cold: number, warm: number) {
    const before = await range.arrived([]);
    const network = await range.network();
    const [victims] = await Promise.all([
      range.victims(network.name),
      range.attack(network, cold, { seconds: 1.5 }),
    ]);
    await range.ready(victims);
    const first = await range.arrived([victims]);
    await range.attack(network, warm, { atOnce: 6 });
    const all = await range.arrived([victims]);
    return {
      network,
      victims,
      cold: { tasks: first.tasks, outside: first.outside - before.outside },
      warm: { tasks: all.tasks - first.tasks, outside: all.outside - first.outside },
    };
  }

  it('is counted where it arrives: without the guard runtime some may pass', async () => {
    const { cold, warm } = await fire(8, 8);
    say(
      `without the guard runtime, of 8 cold starts: ${cold.tasks} to tasks, ${cold.outside} to the outside`,
    );
    say(
      `without the guard runtime, of 8 warm starts: ${warm.tasks} to tasks, ${warm.outside} to the outside`,
    );
  });

  it('passes only if it is allowed, with the guard runtime: of 40 starts, cold and warm', async () => {
    for (const node of lab.nodes) await useRuntime(node, 'swarmwall');
    const { network, victims, cold, warm } = await fire(10, 30);
    assert.deepEqual({ cold, warm }, { cold: { tasks: 0, outside: 0 }, warm: { tasks: 0, outside: 0 } });
    const tasks = await waitRunning(lab, [victims]);
    for (const { addresses } of tasks) {
      const reached = await range.reach(network.name, addresses[network.name]!, 2);
      say(`allowed, with the first packet, ms: ${reached.join(', ')}`);
      assert.deepEqual(
        reached.map((each) => each.split(' ')[0]),
        ['reached', 'reached'],
      );
    }
    assert.ok((await range.arrived([victims])).tasks >= 4, 'what arrives is counted');
    await agents.settled();
    for (const node of lab.nodes) {
      const { starts } = await agents.ask<HeldStarts>(node, 'agent', '/v1/starts');
      assert.ok(starts.length > 10, 'the starts were held');
      assert.deepEqual(
        starts.filter(({ started }) => !started),
        [],
      );
      say(
        `${node.name}: held for ${starts
          .map(({ waited }) => waited)
          .sort((a, b) => a - b)
          .join(' ')} ms`,
      );
    }
  });

  it('is not sent while no agent answers: what is on an overlay is not started, everything else is', async () => {
    const [node] = lab.nodes;
    const { name } = await range.network();
    await agents.killAgent(node!);
    const start = (network: string) =>
      node!.docker(
        ['run', '--rm', '--network', network, '--entrypoint', '/bin/echo', 'swarmwall/demo:1', 'runs'],
        {
          reject: false,
          timeout: 60_000,
        },
      );
    const [bridge, host, overlay] = await Promise.all(['bridge', 'host', name].map(start));
    assert.deepEqual([bridge!.stdout.trim(), host!.stdout.trim()], ['runs', 'runs']);
    assert.equal(overlay!.stdout, '');
    assert.match(overlay!.stderr, /no agent answers/u);
    await agents.startAgent(node!);
    await agents.settled();
    const again = await start(name);
    assert.equal(again.stdout.trim(), 'runs', again.stderr);
  });
});
