import assert from 'node:assert/strict';
import type { FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { edge, guarded } from './node-scene.ts';
import { enforcing, nodeWithFlows } from './node-with-flows.ts';

describe("names of a node's flows", () => {
  const node = nodeWithFlows();

  it('have names, the side that is here, and the mode, live and in the log alike', async () => {
    assert.deepEqual(node.said, ['open 1 21367 /run/docker/netns/1-n1']);
    const live: FlowRecord[] = [];
    node.flows.subscribe((records) => live.push(...records));
    node.flows.subscribe(() => {
      throw new Error('a taker of flows fails');
    });
    node.write('flow 1 d > 10.0.0.2 10.0.0.3 6 5432 2 2 120 1000 1050\nflow 1 a = 10.0.0.2 10.0.');
    node.write('0.4 6 5432 1 1 60 1000 1000\nflow 1 d < 10.0.0.9 fd00::2 58 0 1 1 64 1000 1000\n');
    node.write('flow 1 d = 10.0.0.77 10.0.0.2 47 0 1 1 64 1000 1000\nnonsense\n');
    await node.clock.pass(100);
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
    assert.deepEqual(await node.recorded(), live);
  });

  it('of the world and of docker_gwbridge have names, and the ports that policies speak of', async () => {
    node.flows.keepOnly(enforcing([guarded], edge));
    assert.equal(node.said.at(-1), 'open 2 21371 -');
    const at = (verdict: string, way: string, source: string, destination: string, port: number) =>
      `flow 2 ${verdict} ${way} ${source} ${destination} 6 ${String(port)} 1 1 60 1000 1000\n`;
    node.write(at('d', '=', '198.51.100.7', '172.18.0.2', 8080));
    node.write(at('a', '=', '172.18.0.5', '198.51.100.7', 443) + at('a', '=', '192.0.2.2', '172.18.0.5', 90));
    node.write(at('w', '<', '172.18.0.5', '192.0.2.1', 9090) + at('d', '<', '172.18.0.5', '192.0.2.1', 22));
    node.write(at('d', '=', '172.18.0.9', '172.30.0.2', 80) + at('d', '=', '198.51.100.7', '172.30.0.2', 80));
    await node.clock.pass(100);
    const named = (await node.recorded()).map((flow) => {
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
    node.write('end 2 a = 198.51.100.7 172.18.0.5 6 90 1 12 900 2000 2000\n');
    node.write('end 2 a = 172.18.0.5 198.51.100.7 6 443 1 12 900 2000 2000\n');
    await node.clock.pass(200);
    const ends = (await node.recorded()).filter(
      ({ packets, verdict }) => verdict === 'allowed' && packets > 0,
    );
    assert.deepEqual(
      ends.map(({ port }) => port),
      [443],
      'what nobody saw begin is others’',
    );
  });

  it('of bridge networks have names, those behind docker-proxy, too', async () => {
    const kernel = { ...enforcing([guarded]), bridges: { health: () => ['applied'] } } as never;
    node.flows.keepOnly(kernel);
    assert.equal(node.said.at(-1), 'open 2 21367 -');
    node.write('flow 2 d = 172.30.0.9 172.30.0.2 6 3000 1 1 60 1000 1000\n');
    node.write('flow 2 d = 172.30.0.2 192.0.2.1 6 30 1 1 60 1000 1000\n');
    node.write('flow 2 d = 2001:db8::1 2001:db8::2 6 30 1 1 60 1000 1000\n');
    await node.clock.pass(100);
    assert.deepEqual(
      (await node.recorded()).map(({ network, direction, source, destination, port }) => {
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
    node.flows.keepOnly(enforcing([guarded], edge, true));
    assert.deepEqual(node.said.slice(-2), ['open 2 21375 -', 'open 3 21371 -']);
    node.write('flow 2 d < 198.51.100.7 192.0.2.1 6 22 1 1 60 1000 1000\n');
    node.write('flow 2 a < 172.18.0.5 192.0.2.1 6 22 1 1 60 1000 1000\n');
    await node.clock.pass(100);
    assert.deepEqual(
      (await node.recorded()).map(({ network, direction, source, destination, reason }) => {
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
});
