import assert from 'node:assert/strict';
import { findBridgePorts } from '../../../../plugin/agent/bridge-ports.ts';
import { sortNetns } from '../../../../plugin/agent/netns-folder.ts';
import { hostNamespace, namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { FakeRun } from '../fake-run.ts';

const FILES = sortNetns(['1-neta', 'lb_neta', 'aaaaaaaaaaaa', 'bbbbbbbbbbbb']);
const link = (ifindex: number, ifname: string, address: string, rest: object = {}) => ({
  ifindex,
  ifname,
  address,
  ...rest,
});
const veth = (index: number, name: string) =>
  link(index, name, 'ff:ff:ff:ff:ff:ff', { master: 'br0', link_index: 90 });
const WEB = { id: 'ep1', addresses: ['10.0.1.3', 'fd00::3'], mac: '02:42:0a:00:01:03' };
const LB = { id: 'ep2', addresses: ['10.0.1.2'], mac: '02:42:0a:00:01:02' };

const setUp = () => {
  const fake = new FakeRun();
  const say = (file: string, links: readonly object[]) =>
    fake.answers.set(`nsenter --net=/netns/${file} -- ip -j link`, JSON.stringify(links));
  say('1-neta', [
    link(2, 'br0', 'x'),
    veth(7, 'veth0'),
    veth(9, 'veth1'),
    link(11, 'vxlan0', 'x', { master: 'br0' }),
  ]);
  say('aaaaaaaaaaaa', [
    link(6, 'eth0', WEB.mac, { link_index: 7 }),
    link(8, 'eth1', 'x', { link_index: 44 }),
  ]);
  say('lb_neta', [link(8, 'eth0', LB.mac, { link_index: 9 })]);
  const addresses = [
    {
      address: LB.mac,
      addr_info: [
        { family: 'inet', local: '10.0.1.2' },
        { family: 'inet', local: '10.0.1.9' },
      ],
    },
  ];
  fake.answers.set('nsenter --net=/netns/lb_neta -- ip -j addr', JSON.stringify(addresses));
  const ports = findBridgePorts((file) => namespaceAt(`/netns/${file}`, fake.run), hostNamespace(fake.run));
  return { fake, say, ports };
};

describe("an overlay bridge's ports", () => {
  it('are found by the MAC in the sandbox and its peer on the bridge; a balancer has its VIPs too', async () => {
    const { ports } = setUp();
    assert.deepEqual(await ports.find('1-neta', [WEB, LB], FILES), [
      { port: 'veth0', mac: WEB.mac, addresses: WEB.addresses },
      { port: 'veth1', mac: LB.mac, addresses: ['10.0.1.2', '10.0.1.9'] },
    ]);
  });

  it('are looked for only while they are not known', async () => {
    const { ports, fake } = setUp();
    await ports.find('1-neta', [WEB], FILES);
    fake.forget();
    await ports.find('1-neta', [WEB], FILES);
    assert.deepEqual(
      fake.calls.map(({ argv }) => argv),
      ['nsenter --net=/netns/1-neta -- ip -j link'],
    );
  });

  it('are not looked for in sandboxes where the guard runtime saw them, for the address that it saw', async () => {
    const { ports, fake } = setUp();
    const seen = { port: 'veth1', mac: WEB.mac, addresses: ['10.0.1.3'] };
    ports.hint('1-neta', seen);
    assert.deepEqual(await ports.find('1-neta', [WEB], FILES), [
      { port: 'veth1', mac: WEB.mac, addresses: WEB.addresses },
    ]);
    assert.equal(fake.calls.length, 1);
    const other = setUp();
    other.ports.hint('1-neta', { ...seen, addresses: ['10.0.1.4'] });
    const [found] = await other.ports.find('1-neta', [WEB], FILES);
    assert.equal(found?.port, 'veth0');
  });

  it('stay with whom they were first: another sandbox with the same MAC gains none', async () => {
    const { ports, say } = setUp();
    await ports.find('1-neta', [WEB], FILES);
    say('bbbbbbbbbbbb', [link(3, 'eth0', WEB.mac, { link_index: 9 })]);
    assert.deepEqual(await ports.find('1-neta', [WEB], FILES), [
      { port: 'veth0', mac: WEB.mac, addresses: WEB.addresses },
    ]);
  });

  it('are looked for anew when the port is gone, as after a restart of the container', async () => {
    const { ports, say } = setUp();
    await ports.find('1-neta', [WEB], FILES);
    say('1-neta', [veth(21, 'veth5')]);
    assert.deepEqual(await ports.find('1-neta', [WEB], FILES), []);
    say('aaaaaaaaaaaa', [link(6, 'eth0', WEB.mac, { link_index: 21 })]);
    assert.deepEqual(await ports.find('1-neta', [WEB], FILES), [
      { port: 'veth5', mac: WEB.mac, addresses: WEB.addresses },
    ]);
  });
});

describe("Docker's namespace files", () => {
  it('are told apart by their names', () => {
    assert.deepEqual(
      sortNetns(['1-cbqfca8or2', '12-x1', 'lb_cbqfca8or', 'ingress_sbox', '0123456789ab', 'default']),
      {
        overlays: [
          { prefix: 'cbqfca8or2', file: '1-cbqfca8or2' },
          { prefix: 'x1', file: '12-x1' },
        ],
        loadBalancers: [{ prefix: 'cbqfca8or', file: 'lb_cbqfca8or' }],
        ingress: true,
        sandboxes: ['0123456789ab'],
      },
    );
  });
});
