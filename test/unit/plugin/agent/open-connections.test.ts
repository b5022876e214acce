import assert from 'node:assert/strict';
import { findOpenConnections } from '../../../../plugin/agent/open-connections.ts';
import { lookIntoSandboxes } from '../../../../plugin/agent/sandboxes.ts';
import { namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { FakeRun } from '../fake-run.ts';

const MAC = { db: '02:42:0a:00:01:03', x: '02:42:0a:00:01:04', lb: '02:42:0a:00:01:02' };
const PORTS = [
  { port: 'veth0', mac: MAC.db, addresses: ['10.0.1.3'] },
  { port: 'veth1', mac: MAC.x, addresses: ['10.0.1.4'] },
  { port: 'veth2', mac: MAC.lb, addresses: ['10.0.1.2', '10.0.1.5'] },
];
type Socket = readonly [local: string, port: number, remote: string, port: number, state?: string];

const hex = (address: string, port: number): string =>
  `${Buffer.from(address.split('.').map(Number).reverse()).toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
const listens = (port: number): Socket => ['0.0.0.0', port, '0.0.0.0', 0, '0A'];

/** Sandboxes by name: MAC and peer's index of their one link, and their sockets. */
const find = (
  sandboxes: Readonly<Record<string, readonly [mac: string, peer: number, ...sockets: Socket[]]>>,
  tracked = '',
) => {
  const fake = new FakeRun();
  const say = (file: string, argv: string, text: string) =>
    fake.answers.set(`nsenter --net=/netns/${file} -- ${argv}`, text);
  const links = [0, 1, 2].map((index) => ({ ifindex: 7 + index, ifname: `veth${index}`, master: 'br0' }));
  say('overlay', 'ip -j link', JSON.stringify(links));
  for (const [name, [address, link_index, ...sockets]] of Object.entries(sandboxes)) {
    say(name, 'ip -j link', JSON.stringify([{ ifindex: 2, ifname: 'eth0', address, link_index }]));
    const lines = sockets.map(([local, port, remote, other, state = '01'], at) =>
      [`  ${at}:`, hex(local, port), hex(remote, other), state, '0\n'].join(' '),
    );
    say(name, 'cat', lines.join(''));
  }
  const addr_info = PORTS[2]!.addresses.map((local) => ({ family: 'inet', local }));
  say('lb', 'ip -j addr', JSON.stringify([{ address: MAC.lb, addr_info }]));
  say('lb', 'conntrack -L -p tcp -f ipv4', tracked);
  const at = (file: string) => namespaceAt(`/netns/${file}`, fake.run);
  return findOpenConnections({
    ...{ overlay: at('overlay'), balancer: at('lb'), ports: PORTS },
    sandboxes: lookIntoSandboxes(Object.keys(sandboxes).map(at)),
  }).then((found) =>
    found.map(({ client, server }) => `${client.address}:${client.port} → ${server.address}:${server.port}`),
  );
};

describe('connections that are open before a network is guarded', () => {
  it('are told by who listens, across nodes and within one', async () => {
    const found = await find({
      db: [
        ...([MAC.db, 7, listens(5432)] as const),
        ['10.0.1.3', 5432, '10.0.1.9', 40_000],
        ['10.0.1.3', 5432, '10.0.1.4', 40_001],
        ['10.0.1.3', 45_000, '10.0.1.9', 80],
        // Not of this network.
        ['172.18.0.3', 5432, '172.18.0.9', 40_000],
      ],
      x: [MAC.x, 8, ['10.0.1.4', 40_001, '10.0.1.3', 5432]],
    });
    assert.deepEqual(found, [
      '10.0.1.9:40000 → 10.0.1.3:5432',
      '10.0.1.4:40001 → 10.0.1.3:5432',
      '10.0.1.3:45000 → 10.0.1.9:80',
      '10.0.1.4:40001 → 10.0.1.3:5432',
    ]);
  });

  it('are nobody’s when two that are here do not agree: who listens at his own end is not believed', async () => {
    const found = await find({
      db: [MAC.db, 7, listens(5432), ['10.0.1.3', 5432, '10.0.1.4', 40_001]],
      x: [MAC.x, 8, listens(40_001), ['10.0.1.4', 40_001, '10.0.1.3', 5432]],
    });
    assert.deepEqual(found, []);
  });

  it('are not believed of one end alone when the other is here as well', async () => {
    const found = await find({
      db: [MAC.db, 7],
      x: [MAC.x, 8, listens(40_001), ['10.0.1.4', 40_001, '10.0.1.3', 5432]],
    });
    assert.deepEqual(found, []);
  });

  it('are not believed of one end when the other cannot be looked into', async () => {
    const claims = [MAC.x, 8, listens(40_001), ['10.0.1.4', 40_001, '10.0.1.3', 5432]] as const;
    assert.deepEqual(await find({ x: [...claims] }), []);
  });

  it('are not taken from a container that speaks with another’s address', async () => {
    const found = await find({
      db: [MAC.db, 7],
      x: [
        MAC.x,
        8,
        listens(5000),
        ['10.0.1.3', 40_000, '10.0.1.9', 80],
        ['10.0.1.9', 80, '10.0.1.3', 40_000],
      ],
    });
    assert.deepEqual(found, []);
  });

  it('are nobody’s at a port that two sandboxes call their own', async () => {
    const socket = ['10.0.1.3', 40_000, '10.0.1.9', 80] as const;
    assert.deepEqual(await find({ db: [MAC.db, 7, socket] }), ['10.0.1.3:40000 → 10.0.1.9:80']);
    assert.deepEqual(await find({ db: [MAC.db, 7, socket], x: [MAC.db, 7, socket] }), []);
    assert.deepEqual(await find({ db: [MAC.db, 7, socket], x: [MAC.db, 44, socket] }), [
      '10.0.1.3:40000 → 10.0.1.9:80',
    ]);
  });

  it('are told by the balancer, both legs, where they go by it, and by nobody else', async () => {
    const tracked =
      'tcp 6 99 ESTABLISHED src=10.0.1.4 dst=10.0.1.5 sport=41234 dport=5432 src=10.0.1.3 dst=10.0.1.2 sport=5432 dport=50001 [ASSURED] mark=0 use=1\n' +
      'tcp 6 99 ESTABLISHED src=10.255.0.9 dst=172.18.0.2 sport=1 dport=2 src=172.18.0.2 dst=10.255.0.9 sport=2 dport=1 mark=0 use=1\n';
    const x = [MAC.x, 8, listens(41_234), ['10.0.1.4', 41_234, '10.0.1.5', 5432]] as const;
    assert.deepEqual(await find({ x: [...x] }), []);
    assert.deepEqual(await find({ x: [...x] }, tracked), [
      '10.0.1.4:41234 → 10.0.1.5:5432',
      '10.0.1.2:50001 → 10.0.1.3:5432',
    ]);
  });

  it('are looked for once, however many networks ask', async () => {
    const fake = new FakeRun();
    const at = (file: string) => namespaceAt(`/netns/${file}`, fake.run);
    fake.answers.set('nsenter --net=/netns/1-a -- ip -j link', '[{"ifindex":7,"ifname":"veth0"}]');
    fake.answers.set(
      'nsenter --net=/netns/db -- ip -j link',
      JSON.stringify([{ ifindex: 2, ifname: 'eth0', address: MAC.db, link_index: 7 }]),
    );
    const sandboxes = lookIntoSandboxes([at('db'), at('x')]);
    const options = { overlay: at('1-a'), sandboxes, balancer: undefined, ports: PORTS };
    await Promise.all([findOpenConnections(options), findOpenConnections(options)]);
    const asked = ['db -- ip -j link', 'x -- ip -j link', 'db -- cat', 'x -- cat'];
    assert.deepEqual(
      asked.map((argv) => fake.matching(`nsenter --net=/netns/${argv}`).length),
      [1, 1, 1, 0],
    );
  });

  it('are no fault where a sandbox is gone', async () => {
    const fake = new FakeRun();
    fake.answers.set('nsenter --net=/netns/gone', { exitCode: 1 });
    const at = (file: string) => namespaceAt(`/netns/${file}`, fake.run);
    const options = {
      overlay: at('overlay'),
      sandboxes: lookIntoSandboxes([at('gone')]),
      balancer: undefined,
      ports: PORTS,
    };
    assert.deepEqual(await findOpenConnections(options), []);
  });
});
