import assert from 'node:assert/strict';
import { GATEWAY_TABLE, gatewayPrograms } from '../../rules/gateway/gateway.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { parseCounters } from '../../rules/overlay/denied-flows.ts';
import { plan } from '../../rules/plan.ts';
import { createBridgeLab, type BridgeLab, type BridgeRole } from './lab/bridge-lab.ts';
import { arpReply, ethernet, ip6, sendFrame, udp4, vlan } from './lab/raw-packets.ts';

const IPV4 = 0x0800;
const MANY = 20;
const GUARDED = ['web', 'api'] as const;

describe('guard of docker_gwbridge on the real kernel', () => {
  let lab: BridgeLab;

  before(async function () {
    this.timeout(120_000);
    lab = await createBridgeLab();
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
    const desired = gatewayPrograms(GUARDED.map((role) => lab.peers[role]));
    lab.apply(plan(desired, []));
    assert.deepEqual(plan(desired, [observed()].flat()), [], 'the kernel holds what is desired');
  });

  const listed = (): string => lab.run('nft', listTableArguments('bridge', GATEWAY_TABLE));
  const observed = () => parseObserved(listed()) ?? [];
  const refused = (): number => parseCounters(listed())['refused'] ?? 0;

  /** Of as many, as what the kernel itself sends by IPv6 meanwhile is refused and counted, too. */
  function refusedOf(from: BridgeRole, frame: Uint8Array): boolean {
    const before = refused();
    for (let sent = 0; sent < MANY; sent++) sendFrame(lab.peers[from].namespace, frame);
    return refused() - before >= MANY;
  }

  const framed = (type: number, payload: Uint8Array, from: BridgeRole = 'web'): Uint8Array =>
    ethernet({ from: lab.peers[from].mac, to: lab.peers.db.mac }, type, payload);
  const datagram = (from: string): Uint8Array => udp4({ from, to: lab.peers.db.address }, 80, 'forged');

  const forged: readonly (readonly [string, () => Uint8Array])[] = [
    ["another's address", () => framed(IPV4, datagram(lab.peers.api.address))],
    ['an address that nobody has', () => framed(IPV4, datagram('10.89.1.77'))],
    ['an address of another network', () => framed(IPV4, datagram('10.0.1.5'))],
    ["another's MAC", () => framed(IPV4, datagram(lab.peers.web.address), 'api')],
    ['a VLAN tag', () => framed(0x8100, vlan(7, IPV4, datagram(lab.peers.web.address)))],
    ['IPv6', () => framed(0x86dd, ip6('x'))],
    ['an unknown ethertype', () => framed(0x9999, Buffer.from('x'))],
    [
      'ARP for the way out',
      () => framed(0x0806, arpReply({ mac: lab.peers.web.mac, ip: lab.gateway }, lab.peers.db.address)),
    ],
  ];
  for (const [what, make] of forged)
    it(`drops ${what}`, () => {
      assert.ok(refusedOf('web', make()));
    });

  it('passes what is its own, and what comes from ports that it does not know', async () => {
    assert.equal(refusedOf('web', framed(IPV4, datagram(lab.peers.web.address))), false);
    assert.equal(refusedOf('db', framed(0x9999, Buffer.from('x'), 'db')), false);
    for (const role of ['web', 'db', 'other'] as const) {
      const { client } = lab.peers[role];
      const to = lab.peers.outside.address;
      const name = `out-${role}`;
      assert.equal(await client.ask({ do: 'open', name, protocol: 'tcp', to, port: 80 }), true, role);
      await client.ask({ do: 'close', name });
    }
  });

  it('is not there where nobody is', () => {
    assert.deepEqual(gatewayPrograms([]), []);
  });
});
