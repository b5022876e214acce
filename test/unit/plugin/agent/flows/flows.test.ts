import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localFlows } from '../../../../../plugin/agent/flows/local-flows.ts';
import type { FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { guarded } from './node-scene.ts';
import { enforcing, nodeWithFlows } from './node-with-flows.ts';

describe('flows of a node', () => {
  const node = nodeWithFlows();
  const watchOf = (): string => /open (\d+) /.exec(node.said.at(-1) ?? '')?.[1] ?? '';

  it('that end go on with the verdict with which they began', async () => {
    node.write('flow 1 w > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    await node.clock.pass(200);
    node.write('end 1 a = 10.0.0.2 10.0.0.3 6 80 1 12 900 2000 2000\n');
    await node.clock.pass(200);
    assert.deepEqual(
      (await node.recorded()).map(({ verdict, direction, mode, connections, packets }) => {
        return { verdict, direction, mode, connections, packets };
      }),
      [
        { verdict: 'would-deny', direction: 'egress', mode: 'audit', connections: 1, packets: 0 },
        { verdict: 'would-deny', direction: 'egress', mode: 'audit', connections: 0, packets: 12 },
      ],
    );
  });

  it('are found in the log by what is asked, up to now, the newest where there are too many', async () => {
    for (let port = 1; port <= 9; port++) {
      node.write(
        `flow 1 d > 10.0.0.2 10.0.0.3 6 ${String(port)} 1 1 60 ${String(port)}000 ${String(port)}000\n`,
      );
      await node.clock.pass(100);
    }
    await appendFile(join(node.folder.path, 'flows', 'flows.jsonl'), '{"first":1,"cut');
    assert.deepEqual(
      (await node.recorded({ since: 3_000, until: 8_000, limit: 2 })).map(({ port }) => port),
      [7, 8],
    );
    assert.deepEqual(
      (await node.recorded({ to: 'voting/db', port: 4 })).map(({ first }) => first),
      [4_000],
    );
    assert.deepEqual(await node.recorded({ from: 'voting/db' }), []);
  });

  it('that are lost are counted', async () => {
    node.write('unread 1 d 40\ncrowded 1 a 2\nends 1 - 3\n');
    assert.deepEqual(node.flows.losses(), { limited: 0, unread: 40, crowded: 2, unwritten: 0, ends: 3 });
    node.kernel.count('1-n1', 'swarmwall', { accepted: 10, accepted_told: 10 });
    for (let looks = 0; looks < 2; looks += 1)
      node.kernel.count('1-n1', 'swarmwall', { accepted: 25, accepted_told: 20 });
    assert.equal(node.flows.losses().limited, 5);
    node.flows.watchGuarded({ ...guarded, file: '2-n1', isNew: true });
    for (let looks = 0; looks < 2; looks += 1)
      node.kernel.count('2-n1', 'swarmwall', { accepted: 25, accepted_told: 20 });
    assert.equal(node.flows.losses().limited, 10, 'all of a namespace that is newer than the agent');
  });

  it('that nobody read are found by counters of the kernel, once the reader has read all that they count', async () => {
    const told = (denied: number): void => {
      node.kernel.count('1-n1', 'swarmwall', { denied, denied_told: denied });
      node.flows.polled();
    };
    const answer = (): void => {
      node.write(`synced ${/^sync (\d+)$/.exec(node.said.at(-1) ?? '')?.[1] ?? ''}\n`);
    };
    told(1_000);
    answer();
    node.write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 70 70 60 1000 1000\ncrowded 1 d 10\nunread 1 d 5\n');
    node.running[0]?.end();
    await node.clock.pass(250);
    told(1_100);
    answer();
    assert.equal(node.flows.losses().unread, 5, 'it may be late');
    told(1_100);
    told(1_200);
    node.write('synced 3\n');
    assert.equal(node.flows.losses().unread, 5, 'an answer to what was asked before');
    answer();
    assert.equal(node.flows.losses().unread, 20);
  });

  it('that end are counted under a verdict that lets pass, whatever else was node.said of their ends since', async () => {
    node.write('flow 1 w > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    node.write(
      'flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\nend 1 a = 10.0.0.2 10.0.0.3 6 80 1 9 900 2000 2000\n',
    );
    await node.clock.pass(200);
    const counts = (await node.recorded()).map(({ verdict, packets }) => `${verdict} ${String(packets)}`);
    assert.deepEqual(counts, ['would-deny 9', 'denied 1']);
  });

  it('are read again when the reader has ended, and no more of a namespace that is not guarded', async () => {
    node.running[0]?.end();
    await node.clock.pass(250);
    assert.equal(node.running.length, 2);
    assert.deepEqual(node.said, [
      'open 1 21367 /run/docker/netns/1-n1',
      'open 1 21367 /run/docker/netns/1-n1',
    ]);
    node.write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    assert.equal((await node.recorded()).length, 1);
    node.flows.keepOnly(enforcing([guarded]));
    assert.equal(node.said.at(-1), 'open 1 21367 /run/docker/netns/1-n1');
    node.flows.keepOnly(enforcing([]));
    assert.equal(node.said.at(-1), 'close 1');
    node.flows.watchGuarded(guarded);
    assert.equal(watchOf(), '2', 'what still comes of the old one is not taken for the new one');
  });

  it('are answered on the socket: those asked for of the past, then those to come until the client goes', async () => {
    const gone = new AbortController();
    const flow = (port: number) => `flow 1 d > 10.0.0.2 10.0.0.3 6 ${String(port)} 1 1 60 1000 1000\n`;
    node.write(flow(80) + flow(81));
    const lines = await localFlows(node.flows)(new URLSearchParams('port=80&follow=1'), gone.signal);
    const ports: unknown[] = [];
    for await (const line of lines) {
      ports.push((line as FlowRecord).port);
      if (ports.length === 2) gone.abort();
      else
        setImmediate(() => {
          node.write(flow(81) + flow(80));
          void node.clock.pass(200);
        });
    }
    assert.deepEqual(ports, [80, 80]);
    assert.throws(() => localFlows(node.flows)(new URLSearchParams('what=1'), gone.signal), {
      code: 'bad-query',
    });
  });

  it('are JSON lines whatever names hold', async () => {
    node.write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    await node.recorded();
    const text = await readFile(join(node.folder.path, 'flows', 'flows.jsonl'), 'utf8');
    assert.equal((JSON.parse(text.trim()) as FlowRecord).destination.service, 'voting/db');
  });
});
