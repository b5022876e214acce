import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFlows, type NodeFlows } from '../../../../../plugin/agent/flows/create-flows.ts';
import { countKernelLosses, type KernelLosses } from '../../../../../plugin/agent/flows/kernel-losses.ts';
import { localFlows } from '../../../../../plugin/agent/flows/local-flows.ts';
import { READER_PROTOCOL } from '../../../../../plugin/agent/flows/reader-protocol.ts';
import type { GuardedFile } from '../../../../../plugin/agent/network-guards.ts';
import { EMPTY_VIEW } from '../../../../../plugin/controller/cluster-view.ts';
import { DEFAULT_CONFIG } from '../../../../../plugin/config.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { Converse } from '../../../../../plugin/process/converse.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import type { FlowQuery, FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import type { DockerUserInput } from '../../../../../rules/docker-user/docker-user.ts';
import { FakeClock } from '../../fake-clock.ts';
import { ownFolder } from '../../authz/own-folder.ts';
import { policy, snapshot, facts, edge, edge6, shop, guarded } from './node-scene.ts';

const HELLO = `hello ${String(READER_PROTOCOL)} 0.1.0\n`;

describe('flows of a node', () => {
  const folder = ownFolder();
  let clock: FakeClock;
  let said: string[];
  let running: { write: (text: string) => void; end: () => void }[];
  let kernel: KernelLosses;
  let flows: NodeFlows;

  beforeEach(() => {
    clock = new FakeClock();
    kernel = countKernelLosses(clock);
    said = [];
    running = [];
    const converse: Converse = (file, args, onText) => {
      assert.deepEqual([file, args], ['swarmwall-flow-reader', []]);
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      running.push({ write: onText, end });
      let greeted = false;
      const say = (text: string): void => {
        said.push(text.trim());
        if (!greeted) onText(HELLO);
        greeted = true;
      };
      return { say, stop: end, ended };
    };
    flows = createFlows({
      config: { ...DEFAULT_CONFIG, authzDir: folder.path },
      bridges: {
        facts: shop,
        endpoints: new Map([['172.30.0.2', 'shop/api']]),
        view: EMPTY_VIEW,
        network: { ...policy, services: {} },
      },
      edge: () => edge,
      edge6: () => edge6,
      host: () => ({ state: 'confirmed', policies: ['nodes'] }),
      ...{ converse, clock, log: silentLog(), policy: holdPolicy(snapshot) },
      ...{ facts: () => facts, hostname: () => 'one', kernel, onProblem: () => undefined },
    });
    flows.watchGuarded(guarded);
  });
  afterEach(() => flows.stop());

  const enforcing = (
    networks: readonly GuardedFile[],
    held?: DockerUserInput,
    firewall = false,
  ): Parameters<NodeFlows['keepOnly']>[0] =>
    ({
      networks: { list: () => networks },
      bridges: { health: () => [] },
      hostFirewall: { health: () => (firewall ? ['applied'] : []) },
      dockerUser: { held },
      ipv6Edge: {},
    }) as never;
  const write = (text: string): void => {
    running.at(-1)?.write(text);
  };
  const watchOf = (): string => /open (\d+) /.exec(said.at(-1) ?? '')?.[1] ?? '';

  async function recorded(query: FlowQuery = {}): Promise<readonly FlowRecord[]> {
    const found: FlowRecord[] = [];
    for await (const record of flows.history(query)) found.push(record);
    return found;
  }

  it('have names, the side that is here, and the mode, live and in the log alike', async () => {
    assert.deepEqual(said, ['open 1 21367 /run/docker/netns/1-n1']);
    const live: FlowRecord[] = [];
    flows.subscribe((records) => live.push(...records));
    flows.subscribe(() => {
      throw new Error('a taker of flows fails');
    });
    write('flow 1 d > 10.0.0.2 10.0.0.3 6 5432 2 2 120 1000 1050\nflow 1 a = 10.0.0.2 10.0.');
    write('0.4 6 5432 1 1 60 1000 1000\nflow 1 d < 10.0.0.9 fd00::2 58 0 1 1 64 1000 1000\n');
    write('flow 1 d = 10.0.0.77 10.0.0.2 47 0 1 1 64 1000 1000\nnonsense\n');
    await clock.pass(100);
    const web = {
      ...{ kind: 'service', service: 'voting/web', stack: 'voting', task: 't2', container: 'c2' },
    };
    const [denied, allowed, six, unknown] = live;
    assert.deepEqual(denied, {
      ...{ first: 1_000, last: 1_050, node: 'one', network: 'voting_back', direction: 'egress' },
      source: { ...web, address: '10.0.0.2' },
      destination: { kind: 'service', address: '10.0.0.3', service: 'voting/db', stack: 'voting' },
      ...{ protocol: 'tcp', port: 5432, verdict: 'denied', mode: 'audit' },
      ...{ connections: 0, packets: 2, bytes: 120 },
    });
    assert.deepEqual([allowed?.direction, allowed?.connections, allowed?.packets], ['egress', 1, 0]);
    assert.deepEqual(six?.source, { kind: 'balancer', address: '10.0.0.9' });
    assert.deepEqual(six.destination, { ...web, address: 'fd00::2' });
    assert.deepEqual([six.protocol, six.port, six.direction], ['icmp', undefined, 'ingress']);
    assert.deepEqual(unknown?.source, { kind: 'unknown', address: '10.0.0.77' });
    assert.deepEqual([unknown.protocol, unknown.direction, unknown.mode], ['47', 'local', 'enforce']);
    assert.deepEqual(await recorded(), live);
  });

  it('that end go on with the verdict with which they began', async () => {
    write('flow 1 w > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    await clock.pass(200);
    write('end 1 a = 10.0.0.2 10.0.0.3 6 80 1 12 900 2000 2000\n');
    await clock.pass(200);
    assert.deepEqual(
      (await recorded()).map(({ verdict, direction, mode, connections, packets }) => {
        return { verdict, direction, mode, connections, packets };
      }),
      [
        { verdict: 'would-deny', direction: 'egress', mode: 'audit', connections: 1, packets: 0 },
        { verdict: 'would-deny', direction: 'egress', mode: 'audit', connections: 0, packets: 12 },
      ],
    );
  });

  it('of the world and of docker_gwbridge have names, and the ports that policies speak of', async () => {
    flows.keepOnly(enforcing([guarded], edge));
    assert.equal(said.at(-1), 'open 2 21371 -');
    const at = (verdict: string, way: string, source: string, destination: string, port: number) =>
      `flow 2 ${verdict} ${way} ${source} ${destination} 6 ${String(port)} 1 1 60 1000 1000\n`;
    write(at('d', '=', '198.51.100.7', '172.18.0.2', 8080));
    write(at('a', '=', '172.18.0.5', '198.51.100.7', 443) + at('a', '=', '192.0.2.2', '172.18.0.5', 90));
    write(at('w', '<', '172.18.0.5', '192.0.2.1', 9090) + at('d', '<', '172.18.0.5', '192.0.2.1', 22));
    write(at('d', '=', '172.18.0.9', '172.30.0.2', 80) + at('d', '=', '198.51.100.7', '172.30.0.2', 80));
    await clock.pass(100);
    const named = (await recorded()).map((flow) => {
      const { network, direction, mode, port } = flow;
      const [from, to] = [flow.source, flow.destination].map(
        (end) => `${end.kind} ${end.service ?? end.address}`,
      );
      return [network, from, to, port, direction, mode];
    });
    assert.deepEqual(named, [
      ['docker_gwbridge', 'world 198.51.100.7', 'service voting/web', 80, 'ingress', 'enforce'],
      ['docker_gwbridge', 'service voting/web', 'world 198.51.100.7', 443, 'egress', 'audit'],
      ['docker_gwbridge', 'node 192.0.2.2', 'service voting/web', 90, 'ingress', 'enforce'],
      ['docker_gwbridge', 'service voting/web', 'service voting/web', 90, 'local', 'audit'],
      ['docker_gwbridge', 'service voting/web', 'node 192.0.2.1', 22, 'egress', 'audit'],
      ['shop_default', 'unknown 172.18.0.9', 'service shop/api', 80, 'ingress', 'enforce'],
      ['shop_default', 'world 198.51.100.7', 'service shop/api', 80, 'ingress', 'enforce'],
    ]);
    write('end 2 a = 198.51.100.7 172.18.0.5 6 90 1 12 900 2000 2000\n');
    write('end 2 a = 172.18.0.5 198.51.100.7 6 443 1 12 900 2000 2000\n');
    await clock.pass(200);
    const ends = (await recorded()).filter(({ packets, verdict }) => verdict === 'allowed' && packets > 0);
    assert.deepEqual(
      ends.map(({ port }) => port),
      [443],
      'what nobody saw begin is others’',
    );
  });

  it('of bridge networks have names, those behind docker-proxy, too', async () => {
    const kernel = { ...enforcing([guarded]), bridges: { health: () => ['applied'] } } as never;
    flows.keepOnly(kernel);
    assert.equal(said.at(-1), 'open 2 21367 -');
    write('flow 2 d = 172.30.0.9 172.30.0.2 6 3000 1 1 60 1000 1000\n');
    write('flow 2 d = 172.30.0.2 192.0.2.1 6 30 1 1 60 1000 1000\n');
    write('flow 2 d = 2001:db8::1 2001:db8::2 6 30 1 1 60 1000 1000\n');
    await clock.pass(100);
    assert.deepEqual(
      (await recorded()).map(({ network, direction, source, destination, port }) => {
        return [network, direction, source.service ?? source.kind, destination.service, port];
      }),
      [
        ['shop_default', 'ingress', 'unknown', 'shop/api', 3000],
        ['shop_default', 'local', 'shop/api', 'shop/api', 3000],
        ['bridge networks', 'ingress', 'world', 'shop/api', 3000],
      ],
    );
  });

  it("of the node's own firewall say which policies decided", async () => {
    flows.keepOnly(enforcing([guarded], edge, true));
    assert.deepEqual(said.slice(-2), ['open 2 21375 -', 'open 3 21371 -']);
    write('flow 2 d < 198.51.100.7 192.0.2.1 6 22 1 1 60 1000 1000\n');
    write('flow 2 a < 172.18.0.5 192.0.2.1 6 22 1 1 60 1000 1000\n');
    await clock.pass(100);
    assert.deepEqual(
      (await recorded()).map(({ network, direction, source, destination, reason }) => {
        return [network, direction, source.service ?? source.kind, destination.kind, reason?.text];
      }),
      [
        [
          'host firewall',
          'ingress',
          'world',
          'node',
          'node policy nodes does not allow world (198.51.100.7) on 22/tcp',
        ],
        ['host firewall', 'local', 'voting/web', 'node', 'node policy nodes allows voting/web on 22/tcp'],
      ],
    );
  });

  it('are found in the log by what is asked, up to now, the newest where there are too many', async () => {
    for (let port = 1; port <= 9; port++) {
      write(`flow 1 d > 10.0.0.2 10.0.0.3 6 ${String(port)} 1 1 60 ${String(port)}000 ${String(port)}000\n`);
      await clock.pass(100);
    }
    await appendFile(join(folder.path, 'flows', 'flows.jsonl'), '{"first":1,"cut');
    assert.deepEqual(
      (await recorded({ since: 3_000, until: 8_000, limit: 2 })).map(({ port }) => port),
      [7, 8],
    );
    assert.deepEqual(
      (await recorded({ to: 'voting/db', port: 4 })).map(({ first }) => first),
      [4_000],
    );
    assert.deepEqual(await recorded({ from: 'voting/db' }), []);
  });

  it('that are lost are counted', async () => {
    write('unread 1 d 40\ncrowded 1 a 2\nends 1 - 3\n');
    assert.deepEqual(flows.losses(), { limited: 0, unread: 40, crowded: 2, unwritten: 0, ends: 3 });
    kernel.count('1-n1', 'swarmwall', { accepted: 10, accepted_told: 10 });
    for (let looks = 0; looks < 2; looks += 1)
      kernel.count('1-n1', 'swarmwall', { accepted: 25, accepted_told: 20 });
    assert.equal(flows.losses().limited, 5);
  });

  it('that nobody read are found by counters of the kernel, once the reader has read all that they count', async () => {
    const told = (denied: number): void => {
      kernel.count('1-n1', 'swarmwall', { denied, denied_told: denied });
      flows.polled();
    };
    const answer = (): void => {
      write(`synced ${/^sync (\d+)$/.exec(said.at(-1) ?? '')?.[1] ?? ''}\n`);
    };
    told(1_000);
    answer();
    write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 70 70 60 1000 1000\ncrowded 1 d 10\nunread 1 d 5\n');
    running[0]?.end();
    await clock.pass(250);
    told(1_100);
    answer();
    assert.equal(flows.losses().unread, 5, 'it may be late');
    told(1_100);
    told(1_200);
    write('synced 3\n');
    assert.equal(flows.losses().unread, 5, 'an answer to what was asked before');
    answer();
    assert.equal(flows.losses().unread, 20);
  });

  it('that end are counted under a verdict that lets pass, whatever else was said of their ends since', async () => {
    write('flow 1 w > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    write(
      'flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\nend 1 a = 10.0.0.2 10.0.0.3 6 80 1 9 900 2000 2000\n',
    );
    await clock.pass(200);
    const counts = (await recorded()).map(({ verdict, packets }) => `${verdict} ${String(packets)}`);
    assert.deepEqual(counts, ['would-deny 9', 'denied 1']);
  });

  it('are read again when the reader has ended, and no more of a namespace that is not guarded', async () => {
    running[0]?.end();
    await clock.pass(250);
    assert.equal(running.length, 2);
    assert.deepEqual(said, ['open 1 21367 /run/docker/netns/1-n1', 'open 1 21367 /run/docker/netns/1-n1']);
    write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    assert.equal((await recorded()).length, 1);
    flows.keepOnly(enforcing([guarded]));
    assert.equal(said.at(-1), 'open 1 21367 /run/docker/netns/1-n1');
    flows.keepOnly(enforcing([]));
    assert.equal(said.at(-1), 'close 1');
    flows.watchGuarded(guarded);
    assert.equal(watchOf(), '2', 'what still comes of the old one is not taken for the new one');
  });

  it('are answered on the socket: those asked for of the past, then those to come until the client goes', async () => {
    const gone = new AbortController();
    const flow = (port: number) => `flow 1 d > 10.0.0.2 10.0.0.3 6 ${String(port)} 1 1 60 1000 1000\n`;
    write(flow(80) + flow(81));
    const lines = await localFlows(flows)(new URLSearchParams('port=80&follow=1'), gone.signal);
    const ports: unknown[] = [];
    for await (const line of lines) {
      ports.push((line as FlowRecord).port);
      if (ports.length === 2) gone.abort();
      else
        setImmediate(() => {
          write(flow(81) + flow(80));
          void clock.pass(200);
        });
    }
    assert.deepEqual(ports, [80, 80]);
    assert.throws(() => localFlows(flows)(new URLSearchParams('what=1'), gone.signal), { code: 'bad-query' });
  });

  it('are JSON lines whatever names hold', async () => {
    write('flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1000 1000\n');
    await recorded();
    const text = await readFile(join(folder.path, 'flows', 'flows.jsonl'), 'utf8');
    assert.equal((JSON.parse(text.trim()) as FlowRecord).destination.service, 'voting/db');
  });
});
