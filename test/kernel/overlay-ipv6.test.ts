import assert from 'node:assert/strict';
import type { Allow, NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import type { LocalPorts } from '../../rules/overlay/local-ports.ts';
import { plan, planChange } from '../../rules/plan.ts';
import { arrivals } from './lab/arrivals.ts';
import { createOverlayLab, type OverlayLab, type Role } from './lab/overlay-lab.ts';
import { listenEverywhere } from './lab/overlay-world.ts';
import { echoAnswered, ethernet, sendFrame } from './lab/raw-packets.ts';
import {
  type Ends,
  fragment6,
  ICMP6,
  icmp6,
  ip6,
  neighbour,
  options,
  routing,
  UDP,
  udp,
} from './lab/raw-ip.ts';

const IPV6 = 0x86dd;
const [UNREACHABLE, QUERY, REPORT, ROUTER, REDIRECT, NODE_INFORMATION] = [1, 130, 143, 134, 137, 139];
const [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, NONE] = [0, 43, 44, 60, 59];

/** IPv6 that the engine gave the endpoints here: the policy knows their IPv4 addresses only. */
describe('IPv6 on an overlay, on the real kernel', () => {
  let lab: OverlayLab;
  let overlay: Overlay;

  before(async function () {
    this.timeout(30000);
    lab = await createOverlayLab();
    await listenEverywhere(lab);
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
  });
  afterEach(() => {
    assert.deepEqual(plan(overlay.program(), lab.observe()), [], 'the kernel holds what is desired');
  });

  function load(allows: readonly Allow[], guard = both()): void {
    const roles = ['a', 'b', 'c', 'd'] as const;
    const policy: NetworkPolicy = {
      network: { id: 'n', name: 'n', subnets: ['10.88.0.0/24'], encrypted: false, ingress: false },
      endpoints: Object.fromEntries(
        roles.map((role) => [lab.endpoints[role].address, { kind: 'service', service: `s/${role}` }]),
      ),
      services: Object.fromEntries(
        roles.map((role) => [`s/${role}`, { ingress: 'isolated', egress: 'isolated' }]),
      ),
      allows: Object.fromEntries(allows.map((allow, index) => [`allow${index}`, allow])),
    };
    overlay = createOverlay({ policy, numbering: createNumbering(), guard });
    lab.apply(plan(overlay.program(), lab.observe()));
  }

  /** The ports with their IPv6 addresses. */
  function both(): LocalPorts {
    return lab.ports.map(({ port, mac, addresses }) => {
      const own = Object.values(lab.endpoints).find((endpoint) => endpoint.port === port);
      return { port, mac, addresses: [...addresses, own?.address6 ?? ''] };
    });
  }

  const ends = (from: Role, to: Role): Ends => ({
    from: lab.endpoints[from].address6,
    to: lab.endpoints[to].address6,
  });

  const linkLocal = (role: Role) => `fe80::42:aff:fe58:${lab.endpoints[role].mac.slice(-1)}`;

  function send(from: Role, to: Role, packet: Uint8Array): () => void {
    const [source, target] = [lab.endpoints[from], lab.endpoints[to]];
    return () => {
      sendFrame(source.namespace, ethernet({ from: source.mac, to: target.mac }, IPV6, packet));
    };
  }

  async function seen(at: Role, sends: Readonly<Record<string, () => void>>): Promise<readonly string[]> {
    return (await arrivals(lab.endpoints[at].namespace, sends)).toSorted();
  }

  const datagram = (from: Role, to: Role, port: number, text: string) =>
    send(from, to, ip6(ends(from, to), UDP, udp(ends(from, to), 4000, port, text)));

  async function connects(from: Role, to: Role, port: number): Promise<boolean> {
    const { client } = lab.endpoints[from];
    const target = lab.endpoints[to].address6;
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
    assert.equal(echoAnswered(lab.endpoints.a.namespace, lab.endpoints.b.address6), false);
    assert.ok(echoAnswered(lab.endpoints.a.namespace, lab.endpoints.c.address6));
    const denied = lab.denied().map(({ src, dst, protocol, port }) => [src, dst, protocol, port].join(' '));
    const [a, b, c] = (['a', 'b', 'c'] as const).map((role) => lab.endpoints[role].address6);
    assert.deepEqual(
      denied.toSorted(),
      [`${a} ${b} icmp `, `${a} ${b} tcp 81`, `${c} ${b} tcp 80`].toSorted(),
    );
  });

  it('is taken with the IPv4 address: a flow of the one before is cut', async () => {
    load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
    const { a, b } = lab.endpoints;
    const flow = { name: 'flow', protocol: 'udp', to: b.address6, port: 80 } as const;
    await a.client.ask({ do: 'open', ...flow });
    assert.ok(await a.client.ask({ do: 'exchange', name: 'flow' }));
    const endpoints = { [a.address]: { kind: 'service', service: 's/d' } } as const;
    lab.apply(planChange(overlay.update({ network: 'n', endpoints })));
    assert.equal(await a.client.ask({ do: 'exchange', name: 'flow' }), false);
    await a.client.ask({ do: 'close', name: 'flow' });
  });

  it('passes nothing where the engine gave no IPv6, and from no address but its own', async () => {
    const forged = { from: lab.endpoints.c.address6, to: lab.endpoints.b.address6 };
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
    load(allows, lab.ports);
    assert.deepEqual(await seen('b', sends), []);
  });

  it('takes from other nodes what a manager knows', async () => {
    const { remote } = lab.endpoints;
    load([{ from: 's/r', to: 's/b', protocol: 'udp', port: 80 }]);
    const owner = { kind: 'service', service: 's/r' } as const;
    lab.apply(planChange(overlay.update({ network: 'n', endpoints: { [remote.address6]: owner } })));
    const sends = {
      allowed: datagram('remote', 'b', 80, 'allowed'),
      denied: datagram('remote', 'b', 81, 'denied'),
      router: send('remote', 'b', routerAdvertisement('remote', 'router')),
    };
    assert.deepEqual(await seen('b', sends), ['allowed']);
    lab.apply(planChange(overlay.update({ network: 'n', endpoints: { [remote.address6]: null } })));
    assert.deepEqual(await seen('b', sends), []);
  });

  function routerAdvertisement(from: Role, text: string): Uint8Array {
    const target = { from: linkLocal(from), to: lab.endpoints.b.address6 };
    return ip6(target, ICMP6, icmp6(target, ROUTER, 0, [64, 0, 7, 8], Buffer.from(text.padStart(24))));
  }

  it('lets a port speak of its own addresses only, and of no routes and groups', async () => {
    const { a, b, c } = lab.endpoints;
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
    const stopped = () => (lab.counters('bridge')['refused'] ?? 0) + (lab.counters('inet')['stray'] ?? 0);
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

  it('finds the port behind other headers, and passes what has none only where everything is allowed', async () => {
    const wrap: Readonly<
      Record<string, (next: number, payload: Uint8Array) => readonly [number, Uint8Array]>
    > = {
      'hop by hop': (next, payload) => [HOP_BY_HOP, options(next, payload)],
      destination: (next, payload) => [DESTINATION, options(next, payload)],
      routing: (next, payload) => [ROUTING, routing(next, lab.endpoints.c.address6, payload)],
      fragment: (next, payload) => [FRAGMENT, fragment6(next, { id: 7, offset: 0, more: false }, payload)],
      'two of them': (next, payload) => [HOP_BY_HOP, options(DESTINATION, options(next, payload))],
    };
    const behind = (port: number) =>
      Object.fromEntries(
        Object.entries(wrap).map(([what, make]) => {
          const text = `${what} ${port}`;
          const [next, payload] = make(UDP, udp(ends('a', 'b'), 4000, port, text));
          return [text, send('a', 'b', ip6(ends('a', 'b'), next, payload))];
        }),
      );
    const portless = (to: Role) => ({
      [`no next header to ${to}`]: send(
        'a',
        to,
        ip6(ends('a', to), NONE, Buffer.from(`no next header to ${to}`)),
      ),
      [`unknown to ${to}`]: send(
        'a',
        to,
        ip6(ends('a', to), 253, Buffer.from(`unknown to ${to}`.padStart(24))),
      ),
    });
    const flat = { ...behind(80), ...behind(81), ...portless('b') };
    assert.deepEqual(await seen('b', flat), Object.keys(flat).toSorted(), 'the flat network');
    load([
      { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
      { from: 's/a', to: 's/c', protocol: 'any' },
    ]);
    const passed = await seen('b', flat);
    assert.ok(passed.includes('destination 80') && passed.includes('fragment 80'), passed.join());
    assert.deepEqual(
      passed.filter((text) => !text.endsWith(' 80')),
      [],
    );
    assert.ok((await seen('c', portless('c'))).includes('unknown to c'));
  });

  it('judges fragments together', async () => {
    let id = 100;
    const pieces = (port: number, text: string, order: readonly number[]) => {
      const whole = udp(ends('a', 'b'), 4000, port, text);
      return () => {
        id += 1;
        const cut = [
          fragment6(UDP, { id, offset: 0, more: true }, whole.subarray(0, 8)),
          fragment6(UDP, { id, offset: 1, more: false }, whole.subarray(8)),
          // Say another port: over the first and some of the second, and just over the first.
          ...[16, 8].map((length) => {
            const other = udp(ends('a', 'b'), 4000, 80, text).subarray(0, length);
            return fragment6(UDP, { id, offset: 0, more: true }, other);
          }),
        ];
        for (const index of order)
          send('a', 'b', ip6(ends('a', 'b'), FRAGMENT, cut[index] ?? Buffer.alloc(0)))();
      };
    };
    const sends = {
      allowed: pieces(80, 'allowed', [0, 1]),
      'last first': pieces(80, 'last first', [1, 0]),
      denied: pieces(81, 'denied', [0, 1]),
      'no first': pieces(80, 'no first', [1]),
      overlapping: pieces(81, 'overlapping', [2, 0, 1]),
      'overlapping, last first': pieces(81, 'overlapping, last first', [1, 0, 2]),
      'said twice': pieces(81, 'said twice', [0, 3, 1]),
    };
    load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
    assert.deepEqual(await seen('b', sends), ['allowed', 'last first']);
    const { a, b } = lab.endpoints;
    await a.client.ask({ do: 'open', name: 'large', protocol: 'udp', to: b.address6, port: 80 });
    assert.equal(await a.client.ask({ do: 'exchange', name: 'large', bytes: 6000 }), true);
    await a.client.ask({ do: 'close', name: 'large' });
  });
});
