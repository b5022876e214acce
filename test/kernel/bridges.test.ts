import assert from 'node:assert/strict';
import type { KernelVerdict } from '../../rules/kernel-semantics.ts';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { createBridges, type Bridges, type BridgesInput } from '../../rules/bridges/bridges.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { plan, removeAll } from '../../rules/plan.ts';
import { eventually } from '../lab/eventually.ts';
import { createBridgeLab, type BridgeLab, type BridgeRole } from './lab/bridge-lab.ts';
import { inNamespace } from './lab/namespaces.ts';
import { readFlows } from './lab/read-flows.ts';
import { arpReply, echoAnswered, ethernet, ip6, sendFrame, udp4, vlan } from './lab/raw-packets.ts';

const IPV4 = 0x0800;
const MANY = 20;

describe('bridge networks on the real kernel', () => {
  let lab: BridgeLab;
  let bridges: Bridges;
  let names = 0;

  before(async function () {
    this.timeout(120_000);
    lab = await createBridgeLab();
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
    bridges = createBridges(createNumbering());
  });

  const ONE = ['web', 'api', 'db'] as const;

  /** web may reach api:80; db is nobody's; api is free to send. */
  function policy(): NetworkPolicy {
    return {
      network: {
        id: 'bridges',
        name: 'bridges',
        subnets: ['10.89.1.0/24'],
        encrypted: false,
        ingress: false,
      },
      endpoints: Object.fromEntries(
        ONE.map((role) => [lab.peers[role].address, { kind: 'service' as const, service: `shop/${role}` }]),
      ),
      services: {
        'shop/web': { ingress: 'isolated', egress: 'isolated' },
        'shop/api': { ingress: 'isolated', egress: 'open' },
        'shop/db': { ingress: 'isolated', egress: 'isolated' },
      },
      allows: {
        'shop/web>shop/api/tcp:80': { from: 'shop/web', to: 'shop/api', protocol: 'tcp', port: 80 },
      },
    };
  }

  function load(change: Partial<BridgesInput> = {}): void {
    const ports = ONE.map((role) => lab.peers[role]).map(({ port, mac, addresses }) => ({
      port,
      mac,
      addresses,
    }));
    const members = ports.map(({ port }) => port);
    const input = {
      policy: policy(),
      bridges: ['br-one'],
      members,
      ports,
      inside: ['br-one', 'br-two'],
      published: [],
      ...change,
    };
    lab.apply(plan(bridges.program(input), lab.observe()));
    assert.deepEqual(plan(bridges.program(input), lab.observe()), [], 'the kernel holds what is desired');
  }

  async function connects(from: BridgeRole, to: string, port: number): Promise<boolean> {
    const name = `c${String(names++)}`;
    const { client } = lab.peers[from];
    const open = await client.ask({ do: 'open', name, protocol: 'tcp', to, port });
    if (open === true) await client.ask({ do: 'close', name });
    return open === true;
  }
  const reaches = (from: BridgeRole, to: BridgeRole, port = 80) =>
    connects(from, lab.peers[to].address, port);

  it('connects on one bridge whom the policy allows, and nobody else', async () => {
    assert.ok(await reaches('web', 'db'), 'the flat bridge carries it');
    load();
    assert.deepEqual(
      [
        await reaches('web', 'api'),
        await reaches('web', 'api', 8080),
        await reaches('web', 'db'),
        await reaches('api', 'web'),
        echoAnswered(lab.peers.web.namespace, lab.peers.api.address),
      ],
      [true, false, false, false, false],
    );
    assert.ok(lab.counter('inet', 'denied') > 0);
  });

  it('denies what is routed back onto the bridge, too', async () => {
    load();
    const { web, db } = lab.peers;
    const before = lab.counter('inet', 'denied');
    const frame = ethernet(
      { from: web.mac, to: lab.bridgeMac },
      IPV4,
      udp4({ from: web.address, to: db.address }, 80, 'routed'),
    );
    for (let sent = 0; sent < MANY; sent++) sendFrame(web.namespace, frame);
    assert.ok(lab.counter('inet', 'denied') > before);
  });

  it("leaves other bridges, the node's own traffic and the way out alone", async () => {
    load();
    const dropped = () => lab.counter('bridge', 'refused') + lab.counter('bridge', 'unseen');
    const drops: number[] = [];
    // A frame that the kernel sends of itself, now and then, is refused; of these connections each time one would be.
    while (drops.length < 3 && drops.at(-1) !== 0) {
      const before = dropped();
      assert.ok(await reaches('other', 'outside'));
      assert.ok(await reaches('outside', 'other'));
      assert.ok(await reaches('web', 'outside'), 'egress is for DOCKER-USER');
      assert.ok(await connects('web', lab.gateway, 8080), 'the node is for its own firewall');
      drops.push(dropped() - before);
    }
    assert.equal(drops.at(-1), 0, `refused each time: ${drops.join(', ')}`);
  });

  it('cuts an established connection when its allow goes', async () => {
    load();
    const { client } = lab.peers.web;
    const to = lab.peers.api.address;
    assert.equal(await client.ask({ do: 'open', name: 'kept', protocol: 'tcp', to, port: 80 }), true);
    assert.equal(await client.ask({ do: 'exchange', name: 'kept' }), true);
    load({ policy: { ...policy(), allows: {} } });
    assert.equal(await client.ask({ do: 'exchange', name: 'kept' }), false);
    await client.ask({ do: 'close', name: 'kept' });
  });

  const forged: readonly (readonly [string, () => Uint8Array])[] = [
    ["another's IP", () => frame({ ip: lab.peers.api.address })],
    ["another's MAC", () => frame({ mac: lab.peers.api.mac })],
    ['an IP outside of its network', () => frame({ ip: lab.peers.other.address })],
    ['a VLAN tag', () => raw(0x8100, vlan(7, IPV4, udp4(fromTo(), 80, 'x')))],
    ['IPv6', () => raw(0x86dd, ip6('x'))],
    ['an unknown ethertype', () => raw(0x9999, Buffer.from('x'))],
    [
      'ARP for another',
      () =>
        raw(0x0806, arpReply({ mac: lab.peers.web.mac, ip: lab.peers.db.address }, lab.peers.api.address)),
    ],
  ];
  for (const [what, make] of forged)
    it(`drops ${what}, wherever it goes`, () => {
      load();
      const before = lab.counter('bridge', 'refused');
      const bytes = make();
      for (let sent = 0; sent < MANY; sent++) sendFrame(lab.peers.web.namespace, bytes);
      assert.ok(lab.counter('bridge', 'refused') >= before + MANY);
    });

  it('passes nothing from a port that it does not know, not even to the world', async () => {
    const ports = ONE.filter((role) => role !== 'api').map((role) => lab.peers[role]);
    load();
    assert.ok(await reaches('api', 'outside'));
    // It has just appeared: nobody has said yet that it is the bridge's.
    load({ ports, members: ports.map(({ port }) => port) });
    assert.ok(!(await reaches('api', 'outside')));
    assert.ok(lab.counter('inet', 'unknown_port') > 0);
    load({ ports });
    assert.ok(!(await reaches('api', 'outside')));
    assert.ok(lab.counter('bridge', 'refused') > 0);
  });

  it('carries nothing between ports while netfilter does not see the bridge', async () => {
    load();
    assert.ok(await reaches('web', 'api'));
    lab.showFrames(false);
    assert.ok(!(await reaches('web', 'api')));
    assert.ok(lab.counter('bridge', 'unseen') > 0);
    lab.showFrames(true);
    assert.ok(await reaches('web', 'api'));
  });

  it('judges the way through docker-proxy by the pair, and from bridges that are not guarded by the port', async () => {
    const closed = { protocol: 'tcp', port: 8080, from: [lab.peers.web.address] } as const;
    const proxied = async (from: BridgeRole) => connects(from, lab.gateway, 8080);
    load({ published: [{ ...closed, anyone: false, world: 'denied' }] });
    assert.deepEqual(
      [await proxied('web'), await proxied('db'), await proxied('other'), await proxied('outside')],
      [true, false, false, true],
    );
    assert.ok(await connects('db', lab.gateway, 80), 'not a published port');
    assert.ok(lab.counter('inet', 'proxy_denied') > 0);
    load({ published: [{ ...closed, anyone: true, world: 'denied' }] });
    assert.deepEqual([await proxied('db'), await proxied('other')], [false, true]);
  });

  it('tells what docker-proxy is refused by IPv6, and what audit alone lets it have', async () => {
    const [node, client] = ['2001:db8:51::1', '2001:db8:51::2'];
    lab.run('ip', ['address', 'add', `${node}/64`, 'dev', 'br-out', 'nodad']);
    const { namespace } = lab.peers.outside;
    inNamespace(namespace, 'ip', ['address', 'add', `${client}/64`, 'dev', 'eth0', 'nodad']);
    const flows = await readFlows(lab.namespace);
    const published = (world: KernelVerdict): Partial<BridgesInput> => ({
      published: [{ protocol: 'tcp', port: 8080, from: [], anyone: false, world }],
    });
    load(published('allowed'));
    assert.ok(await connects('outside', node, 8080));
    load(published('would-deny'));
    assert.ok(await connects('outside', node, 8080));
    load(published('denied'));
    assert.equal(await connects('outside', node, 8080), false);
    assert.ok(await connects('outside', node, 80), 'not a published port');
    await eventually(() => {
      assert.deepEqual(Object.keys(flows.seen()), [
        `would-deny stays ${client} → ${node} 6/8080`,
        `denied stays ${client} → ${node} 6/8080`,
      ]);
    });
    assert.deepEqual(flows.count('would-deny'), { read: 1, lost: 0 });
    assert.equal(lab.counter('inet', 'would_denied'), 1);
    assert.ok(lab.counter('inet', 'ipv6_denied') > 0);
    flows.stop();
  });

  it('tells what crosses it and what comes to docker-proxy: what passes once, what does not each time', async () => {
    const flows = await readFlows(lab.namespace);
    const { web, api, db } = lab.peers;
    load({
      published: [{ protocol: 'tcp', port: 8080, from: [web.address], anyone: false, world: 'denied' }],
    });
    assert.ok(await connects('web', api.address, 80));
    assert.equal(await connects('db', api.address, 80), false);
    assert.ok(await connects('web', lab.gateway, 8080));
    assert.equal(await connects('db', lab.gateway, 8080), false);
    const told = [
      [
        `allowed stays ${web.address} → ${api.address} 6/80`,
        `denied stays ${db.address} → ${api.address} 6/80`,
      ],
      [
        `allowed stays ${web.address} → ${lab.gateway} 6/8080`,
        `denied stays ${db.address} → ${lab.gateway} 6/8080`,
      ],
    ];
    await eventually(() => {
      assert.deepEqual(Object.keys(flows.seen()).sort(), told.flat().sort());
    });
    assert.deepEqual(flows.count('allowed'), { read: 2, lost: 0 });
    assert.equal(lab.counter('inet', 'accepted'), 2);
    await eventually(() => {
      assert.equal(flows.count('denied').read, lab.counter('inet', 'denied'));
    });
    flows.stop();
  });

  it('guards nothing any more without a bridge', async () => {
    load();
    load({ bridges: [] });
    lab.apply(removeAll(lab.observe()));
    assert.deepEqual(lab.observe(), []);
    assert.ok(await reaches('web', 'db'));
  });

  function fromTo() {
    return { from: lab.peers.web.address, to: lab.peers.api.address };
  }

  function frame({ mac, ip }: { mac?: string; ip?: string }): Uint8Array {
    const { web, api } = lab.peers;
    const packet = udp4({ from: ip ?? web.address, to: api.address }, 80, 'forged');
    return ethernet({ from: mac ?? web.mac, to: api.mac }, IPV4, packet);
  }

  function raw(type: number, payload: Uint8Array): Uint8Array {
    const { web, api } = lab.peers;
    return ethernet({ from: web.mac, to: api.mac }, type, payload);
  }
});
