import assert from 'node:assert/strict';
import type { Allow } from '../../rules/network-policy.ts';
import type { Overlay } from '../../rules/overlay/overlay.ts';
import { plan } from '../../rules/plan.ts';
import { isolatedOverlay, portsOfBoth } from './lab/isolated-overlay.ts';
import type { Role } from './lab/overlay-lab.ts';
import { fragment6, ip6, options, routing, UDP, udp } from './lab/raw-ip.ts';

const [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, NONE] = [0, 43, 44, 60, 59];

/** As in overlay-ipv6: the policy knows the IPv4 addresses only. */
describe('IPv6 with other headers, on the real kernel', () => {
  const world = isolatedOverlay('IPv6');
  const { ends, send, seen } = world;
  let overlay: Overlay;
  afterEach(() => {
    assert.deepEqual(plan(overlay.program(), world.lab.observe()), [], 'the kernel holds what is desired');
  });

  function load(allows: readonly Allow[], guard = portsOfBoth(world.lab)): void {
    overlay = world.load(allows, guard);
  }

  it('finds the port behind other headers, and passes what has none only where everything is allowed', async () => {
    const wrap: Readonly<
      Record<string, (next: number, payload: Uint8Array) => readonly [number, Uint8Array]>
    > = {
      'hop by hop': (next, payload) => [HOP_BY_HOP, options(next, payload)],
      destination: (next, payload) => [DESTINATION, options(next, payload)],
      routing: (next, payload) => [ROUTING, routing(next, world.lab.endpoints.c.address6, payload)],
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
    const { a, b } = world.lab.endpoints;
    await a.client.ask({ do: 'open', name: 'large', protocol: 'udp', to: b.address6, port: 80 });
    assert.equal(await a.client.ask({ do: 'exchange', name: 'large', bytes: 6000 }), true);
    await a.client.ask({ do: 'close', name: 'large' });
  });
});
