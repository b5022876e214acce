import assert from 'node:assert/strict';
import type { Allow } from '../../rules/network-policy.ts';
import type { Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import { isolatedOverlay, portsOfBoth } from './lab/isolated-overlay.ts';
import type { Role } from './lab/overlay-lab.ts';
import { fragment6, ICMP6, icmp6, ip6, neighbour, options, UDP, udp } from './lab/raw-ip.ts';
import { echoAnswered } from './lab/raw-packets.ts';

const [UNREACHABLE, QUERY, REPORT, ROUTER, REDIRECT, NODE_INFORMATION] = [1, 130, 143, 134, 137, 139];
const [FRAGMENT, DESTINATION] = [44, 60];

/** IPv6 that the engine gave the endpoints here: the policy knows their IPv4 addresses only. */
describe('IPv6 on an overlay, on the real kernel', () => {
  const world = isolatedOverlay('IPv6');
  const { ends, send, seen } = world;
  let overlay: Overlay;
  afterEach(() => {
    assert.deepEqual(plan(overlay.program(), world.lab.observe()), [], 'the kernel holds what is desired');
  });

  function load(allows: readonly Allow[], guard = portsOfBoth(world.lab)): void {
    overlay = world.load(allows, guard);
  }

  const linkLocal = (role: Role) => `fe80::42:aff:fe58:${world.lab.endpoints[role].mac.slice(-1)}`;

  const datagram = (from: Role, to: Role, port: number, text: string) =>
    send(from, to, ip6(ends(from, to), UDP, udp(ends(from, to), 4000, port, text)));

  async function connects(from: Role, to: Role, port: number): Promise<boolean> {
    const { client } = world.lab.endpoints[from];
    const target = world.lab.endpoints[to].address6;
    const opened = await client.ask({ do: 'open', name: 'try', protocol: 'tcp', to: target, port });
    if (opened === true) await client.ask({ do: 'close', name: 'try' });
    return opened === true;
  }

  it('follows the verdicts on the IPv4 addresses of the same endpoint', async () => {
    load([
      { from: 's/a', to: 's/b', protocol: 'tcp', port: 80 },
      { from: 's/a', to: 's/c', protocol: 'any' },
    ]);
    assert.ok(await connects('a', 'b', 80));
    assert.equal(await connects('a', 'b', 81), false);
    assert.equal(await connects('c', 'b', 80), false);
    assert.equal(echoAnswered(world.lab.endpoints.a.namespace, world.lab.endpoints.b.address6), false);
    assert.ok(echoAnswered(world.lab.endpoints.a.namespace, world.lab.endpoints.c.address6));
    const denied = world.lab
      .denied()
      .map(({ src, dst, protocol, port }) => [src, dst, protocol, port].join(' '));
    const [a, b, c] = (['a', 'b', 'c'] as const).map((role) => world.lab.endpoints[role].address6);
    assert.deepEqual(
      denied.toSorted(),
      [`${a} ${b} icmp `, `${a} ${b} tcp 81`, `${c} ${b} tcp 80`].toSorted(),
    );
  });

  it('is taken with the IPv4 address: a flow of the one before is cut', async () => {
    load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
    const { a, b } = world.lab.endpoints;
    const flow = { name: 'flow', protocol: 'udp', to: b.address6, port: 80 } as const;
    await a.client.ask({ do: 'open', ...flow });
    assert.ok(await a.client.ask({ do: 'exchange', name: 'flow' }));
    const endpoints = { [a.address]: { kind: 'service', service: 's/d' } } as const;
    world.lab.apply(planChange(overlay.update({ network: 'n', endpoints })));
    assert.equal(await a.client.ask({ do: 'exchange', name: 'flow' }), false);
    await a.client.ask({ do: 'close', name: 'flow' });
  });

  it('passes nothing where the engine gave no IPv6, and from no address but its own', async () => {
    const forged = { from: world.lab.endpoints.c.address6, to: world.lab.endpoints.b.address6 };
    const madeUp = { ...forged, from: 'fd88::77' };
    const local = { from: linkLocal('a'), to: linkLocal('b') };
    const sends = {
      'its own': datagram('a', 'b', 80, 'its own'),
      "another's": send('a', 'b', ip6(forged, UDP, udp(forged, 4000, 80, "another's"))),
      'made up': send('a', 'b', ip6(madeUp, UDP, udp(madeUp, 4000, 80, 'made up'))),
      'link-local': send('a', 'b', ip6(local, UDP, udp(local, 4000, 80, 'link-local'))),
      'another node': datagram('remote', 'b', 80, 'another node'),
    };
    assert.deepEqual(await seen('b', sends), Object.keys(sends).toSorted(), 'the flat network');
    const allows = [
      { from: '*', to: 's/b', protocol: 'any' },
      { from: 's/a', to: 's/b', protocol: 'any' },
    ] as const;
    load(allows);
    assert.deepEqual(await seen('b', sends), ['its own']);
    load(allows, world.lab.ports);
    assert.deepEqual(await seen('b', sends), []);
  });

  it('takes from other nodes what a manager knows', async () => {
    const { remote } = world.lab.endpoints;
    load([{ from: 's/r', to: 's/b', protocol: 'udp', port: 80 }]);
    const owner = { kind: 'service', service: 's/r' } as const;
    world.lab.apply(planChange(overlay.update({ network: 'n', endpoints: { [remote.address6]: owner } })));
    const sends = {
      allowed: datagram('remote', 'b', 80, 'allowed'),
      denied: datagram('remote', 'b', 81, 'denied'),
      router: send('remote', 'b', routerAdvertisement('remote', 'router')),
    };
    assert.deepEqual(await seen('b', sends), ['allowed']);
    world.lab.apply(planChange(overlay.update({ network: 'n', endpoints: { [remote.address6]: null } })));
    assert.deepEqual(await seen('b', sends), []);
  });

  function routerAdvertisement(from: Role, text: string): Uint8Array {
    const target = { from: linkLocal(from), to: world.lab.endpoints.b.address6 };
    return ip6(target, ICMP6, icmp6(target, ROUTER, 0, [64, 0, 7, 8], Buffer.from(text.padStart(24))));
  }

  it('lets a port speak of its own addresses only, and of no routes and groups', async () => {
    const { a, b, c } = world.lab.endpoints;
    const own = ends('a', 'b');
    const other = '02:42:0a:58:00:77';
    const refused: Readonly<Record<string, Uint8Array>> = {
      "another's address": ip6(own, ICMP6, neighbour(own, 136, c.address6, a.mac)),
      "another's link-local address": ip6(own, ICMP6, neighbour(own, 136, linkLocal('c'), a.mac)),
      'another MAC': ip6(own, ICMP6, neighbour(own, 136, a.address6, other)),
      'asking with another MAC': ip6(own, ICMP6, neighbour(own, 135, b.address6, other)),
      'behind another header': ip6(own, DESTINATION, options(ICMP6, neighbour(own, 136, c.address6, a.mac))),
      'in a fragment': ip6(
        own,
        FRAGMENT,
        fragment6(ICMP6, { id: 9, offset: 0, more: false }, neighbour(own, 136, c.address6, a.mac)),
      ),
      'a router': routerAdvertisement('a', ''),
      'a redirect': ip6(own, ICMP6, icmp6(own, REDIRECT, 0, [0, 0, 0, 0], Buffer.alloc(32))),
      'a group query': ip6(own, ICMP6, icmp6(own, QUERY, 0, [0, 0, 0, 0], Buffer.alloc(16))),
      'a group report': ip6(own, ICMP6, icmp6(own, REPORT, 0, [0, 0, 0, 0], Buffer.alloc(20))),
    };
    load([{ from: 's/a', to: 's/b', protocol: 'any' }]);
    const stopped = () =>
      (world.lab.counters('bridge')['refused'] ?? 0) + (world.lab.counters('inet')['stray'] ?? 0);
    const stoppedOf = (packet: Uint8Array): number => {
      const before = stopped();
      for (let sent = 0; sent < MANY; sent++) send('a', 'b', packet)();
      return stopped() - before;
    };
    // The kernels' own reports of groups are among the refused: many of each tell the difference.
    for (const [what, packet] of Object.entries(refused)) assert.ok(stoppedOf(packet) >= MANY, what);
    for (const type of [135, 136] as const) {
      const speech = neighbour(own, type, type === 136 ? a.address6 : b.address6, a.mac);
      assert.ok(stoppedOf(ip6(own, ICMP6, speech)) < MANY, 'its own');
    }
  });
  const MANY = 15;

  it('tells of errors only from an end of the connection', async () => {
    const about = ip6(ends('a', 'b'), UDP, udp(ends('a', 'b'), 4000, 80, 'x'));
    const error = (from: Role, text: string) => {
      const body = Buffer.concat([about, Buffer.from(text)]);
      return send(
        from,
        'a',
        ip6(ends(from, 'a'), ICMP6, icmp6(ends(from, 'a'), UNREACHABLE, 4, [0, 0, 0, 0], body)),
      );
    };
    const query = icmp6(ends('c', 'a'), NODE_INFORMATION, 0, [0, 2, 0, 0], Buffer.from('node information'));
    const sends = {
      'from its end': error('b', 'from its end'),
      'from a third': error('c', 'from a third'),
      'node information': send('c', 'a', ip6(ends('c', 'a'), ICMP6, query)),
    };
    load([
      { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
      { from: 's/c', to: 's/a', protocol: 'any' },
    ]);
    assert.deepEqual(await seen('b', { opened: datagram('a', 'b', 80, 'opened') }), ['opened']);
    assert.deepEqual(await seen('a', sends), ['from its end']);
  });
});
