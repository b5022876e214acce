import assert from 'node:assert/strict';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import { arrives as arrivesAt } from './lab/arrivals.ts';
import { macOf, ROLES, type OverlayLab, type Role } from './lab/overlay-lab.ts';
import { overlaySuite } from './lab/overlay-suite.ts';
import { policyOfRoles } from './lab/policy-of-roles.ts';
import { arpReply, ethernet, ip6, sendFrame, udp4, vlan } from './lab/raw-packets.ts';

const IPV4 = 0x0800;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const QINQ = 0x88a8;
const PPPOE = 0x8864;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const MANY = 20;

describe('overlay guard on the real kernel', () => {
  let lab: OverlayLab;
  let overlay: Overlay;

  overlaySuite((made) => {
    lab = made;
    overlay = createOverlay({ policy: everything(), numbering: createNumbering(), guard: lab.ports });
  });

  /** Every service takes everything from everyone: only the guard drops. */
  function everything(): NetworkPolicy {
    return policyOfRoles({
      roles: ROLES,
      addressesOf: (role) => [lab.endpoints[role].address],
      stance: { ingress: 'open', egress: 'open' },
    });
  }

  function load(): void {
    lab.apply(plan(overlay.program(), lab.observe()));
  }

  function arrives(at: Role, text: string, send: () => void): Promise<boolean> {
    return arrivesAt(lab.endpoints[at].namespace, text, send);
  }

  const forged: readonly (readonly [string, (text: string) => readonly [Role, Role, Uint8Array]])[] = [
    ['a MAC of its own making', (text) => frame('a', 'b', { mac: '02:42:0a:58:00:77' }, text)],
    ["another's IP", (text) => frame('a', 'b', { ip: lab.endpoints.c.address }, text)],
    [
      "another's MAC and IP",
      (text) => frame('a', 'b', { mac: lab.endpoints.c.mac, ip: lab.endpoints.c.address }, text),
    ],
    ['a VLAN tag', (text) => tagged(VLAN, text)],
    ['a priority tag', (text) => tagged(VLAN, text, 0)],
    ['QinQ', (text) => tagged(QINQ, text)],
    ['PPPoE', (text) => other(PPPOE, Buffer.from(text))],
    ['IPv6 link-local', (text) => other(IPV6, ip6(text))],
    ['an unknown ethertype', (text) => other(0x9999, Buffer.from(text))],
    ['an IPv6 broadcast', (text) => other(IPV6, ip6(text), BROADCAST)],
    ['a VLAN tag from another node', (text) => ['remote', 'b', tagged(VLAN, text)[2]]],
    ['IPv6 from another node', (text) => ['remote', 'b', other(IPV6, ip6(text))[2]]],
  ];
  for (const [what, make] of forged)
    it(`drops ${what}, which passed before`, async () => {
      const text = `frame-${what}`;
      const [from, to, bytes] = make(text);
      const send = () => {
        sendFrame(lab.endpoints[from].namespace, bytes);
      };
      assert.ok(await arrives(to, text, send), 'the flat network carries it');
      load();
      assert.equal(await arrives(to, text, send), false);
      assert.ok((lab.counters('bridge')['refused'] ?? 0) > 0);
    });

  it('passes what is its own, and frames from other nodes', async () => {
    load();
    for (const [from, to] of [
      ['a', 'b'],
      ['remote', 'b'],
    ] as const) {
      const [, , bytes] = frame(from, to, {}, `own-${from}`);
      assert.ok(
        await arrives(to, `own-${from}`, () => {
          sendFrame(lab.endpoints[from].namespace, bytes);
        }),
      );
    }
    assert.equal(
      await lab.endpoints.a.client.ask({
        do: 'open',
        name: 't',
        protocol: 'tcp',
        to: lab.endpoints.b.address,
        port: 80,
      }),
      true,
    );
    assert.equal(
      await lab.endpoints.a.client.ask({
        do: 'open',
        name: 'r',
        protocol: 'tcp',
        to: lab.endpoints.remote.address,
        port: 80,
      }),
      true,
    );
  });

  it("drops ARP that speaks for another, whatever the frame's source", async () => {
    const { a, b, c } = lab.endpoints;
    const lie = ethernet({ from: a.mac, to: b.mac }, ARP, arpReply({ mac: a.mac, ip: c.address }, b.address));
    const lieInside = ethernet(
      { from: a.mac, to: b.mac },
      ARP,
      arpReply({ mac: '02:42:0a:58:00:77', ip: a.address }, b.address),
    );
    load();
    const refused = () => lab.counters('bridge')['refused'] ?? 0;
    // Many of each: what the kernel itself sends meanwhile (IPv6 solicitations) is refused and counted, too.
    const refusedOf = (bytes: Uint8Array) => {
      const before = refused();
      for (let sent = 0; sent < MANY; sent++) sendFrame(a.namespace, bytes);
      return refused() - before;
    };
    for (const bytes of [lie, lieInside]) assert.ok(refusedOf(bytes) >= MANY);
    const own = ethernet({ from: a.mac, to: b.mac }, ARP, arpReply({ mac: a.mac, ip: a.address }, b.address));
    assert.ok(refusedOf(own) < MANY, 'its own passes');
  });

  it("drops frames to br0's MAC and to the port's own, which would be routed past the judge", async () => {
    const { a, b } = lab.endpoints;
    const targets = [lab.bridgeMac, macOf(lab.namespace, a.port)];
    for (const [index, to] of targets.entries()) {
      const text = `routed-${index}`;
      const bytes = ethernet({ from: a.mac, to }, IPV4, udp4({ from: a.address, to: b.address }, 80, text));
      const send = () => {
        sendFrame(a.namespace, bytes);
      };
      lab.reset();
      assert.ok(await arrives('b', text, send), `the flat network routes it by target ${index}`);
      load();
      assert.equal(await arrives('b', text, send), false);
      assert.ok((lab.counters('bridge')['to_bridge'] ?? 0) > 0);
    }
  });

  it('passes nothing from a port that it does not know, and everything of its own once it does', async () => {
    const { a, b } = lab.endpoints;
    load();
    lab.apply(planChange(overlay.setPorts(lab.ports.filter(({ port }) => port !== a.port))));
    const [, , bytes] = frame('a', 'b', {}, 'unknown-port');
    const send = () => {
      sendFrame(a.namespace, bytes);
    };
    assert.equal(await arrives('b', 'unknown-port', send), false);
    lab.apply(planChange(overlay.setPorts(lab.ports)));
    assert.ok(await arrives('b', 'unknown-port', send));
    assert.deepEqual(plan(overlay.program(), lab.observe()), []);
    assert.equal(b.port, 'veth3');
  });

  function frame(from: Role, to: Role, forgery: { mac?: string; ip?: string }, text: string) {
    const [source, target] = [lab.endpoints[from], lab.endpoints[to]];
    const packet = udp4({ from: forgery.ip ?? source.address, to: target.address }, 4444, text);
    return [from, to, ethernet({ from: forgery.mac ?? source.mac, to: target.mac }, IPV4, packet)] as const;
  }

  function tagged(type: number, text: string, id = 7) {
    const { a, b } = lab.endpoints;
    const inner = vlan(id, IPV4, udp4({ from: a.address, to: b.address }, 4444, text));
    return ['a', 'b', ethernet({ from: a.mac, to: b.mac }, type, inner)] as const;
  }

  function other(type: number, payload: Uint8Array, to = lab.endpoints.b.mac) {
    const { a } = lab.endpoints;
    return ['a', 'b', ethernet({ from: a.mac, to }, type, payload)] as const;
  }
});
