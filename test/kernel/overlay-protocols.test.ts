import assert from 'node:assert/strict';
import type { Allow } from '../../rules/network-policy.ts';
import { planChange } from '../../rules/plan.ts';
import { isolatedOverlay } from './lab/isolated-overlay.ts';
import type { Role } from './lab/overlay-lab.ts';
import { ICMP, icmp4, ip4, SCTP, sctp, UDP, udp } from './lab/raw-ip.ts';

const [UNREACHABLE, REDIRECT, TIMESTAMP, ECHO] = [3, 5, 13, 8];
const [DATA, INIT, HEARTBEAT] = [0, 1, 4];

describe('protocols over IPv4, by the policy of the pair, on the real kernel', () => {
  const overlay = isolatedOverlay('IPv4');
  const { load, ends, send, seen } = overlay;

  const datagram = (from: Role, to: Role, port: number, text: string) =>
    send(from, to, ip4(ends(from, to), UDP, udp(ends(from, to), 4000, port, text)));

  describe('ICMP', () => {
    const query = (to: Role, type: number, text: string) =>
      send('a', to, ip4(ends('a', to), ICMP, icmp4(type, 0, [1, 2, 0, 1], Buffer.from(text.padEnd(16)))));

    it('has no way where only ports are allowed, and only the echo where everything is', async () => {
      const sends = {
        'echo to c': query('c', ECHO, 'echo to c'),
        'timestamp to c': query('c', TIMESTAMP, 'timestamp to c'),
        'mask to c': query('c', 17, 'mask to c'),
        'unknown to c': query('c', 42, 'unknown to c'),
      };
      const toB = { 'echo to b': query('b', ECHO, 'echo to b') };
      assert.deepEqual(await seen('c', sends), Object.keys(sends).toSorted(), 'the flat network');
      load([
        { from: 's/a', to: 's/b', protocol: 'tcp' },
        { from: 's/a', to: 's/b', protocol: 'udp' },
        { from: 's/a', to: 's/c', protocol: 'any' },
      ]);
      assert.deepEqual(await seen('c', sends), ['echo to c']);
      assert.deepEqual(await seen('b', toB), []);
    });

    /** That `about`, a packet of the connection from a to b, has come to nothing. */
    function error(from: Role, type: number, text: string, source = 4000): () => void {
      const about = ip4(ends('a', 'b'), UDP, udp(ends('a', 'b'), source, 80, text));
      return send(from, 'a', ip4(ends(from, 'a'), ICMP, icmp4(type, 1, [0, 0, 0, 0], about)));
    }

    it('tells of errors only from an end of the connection, and of no other way to go', async () => {
      const errors = {
        'from its end': error('b', UNREACHABLE, 'from its end'),
        'from a third': error('c', UNREACHABLE, 'from a third'),
        redirect: error('b', REDIRECT, 'redirect'),
        'of no connection': error('b', UNREACHABLE, 'of no connection', 4001),
      };
      assert.deepEqual(await seen('a', errors), Object.keys(errors).toSorted(), 'the flat network');
      // The third may reach a, too: its error is still not its own.
      load([
        { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
        { from: 's/c', to: 's/a', protocol: 'any' },
      ]);
      const opened = await seen('b', { opened: datagram('a', 'b', 80, 'opened') });
      assert.deepEqual(opened, ['opened']);
      assert.deepEqual(await seen('a', errors), ['from its end']);
      const strays = overlay.lab.counters('inet')['stray'] ?? 0;
      assert.ok(strays >= 3, String(strays));
    });

    it('gives no verdict to the connection that an error tells of', async () => {
      const loaded = load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
      assert.deepEqual(await seen('b', { first: datagram('a', 'b', 80, 'first') }), ['first']);
      // The allow goes; b, who may do everything with a, sends errors about the connection that is cut.
      const allows = { allow0: null, any: { from: 's/b', to: 's/a', protocol: 'any' } } as const;
      overlay.lab.apply(planChange(loaded.update({ network: 'n', allows })));
      assert.deepEqual(await seen('a', { cut: error('b', UNREACHABLE, 'cut') }), []);
      assert.deepEqual(await seen('b', { revived: datagram('a', 'b', 80, 'revived') }), []);
    });
  });

  it('lets no connection helper open what no allow does', async () => {
    const { a, b } = overlay.lab.endpoints;
    load([{ from: 's/a', to: 's/b', protocol: 'tcp', port: 80 }]);
    overlay.lab.nft(
      ['-f', '-'],
      `table ip other {
        ct helper ftp { type "ftp" protocol tcp; }
        chain pre { type filter hook prerouting priority 0; tcp dport 80 ct helper set "ftp"; }
      }`,
    );
    const name = 'control';
    assert.ok(await a.client.ask({ do: 'open', name, protocol: 'tcp', to: b.address, port: 80 }));
    // "Connect to my port 2000", where everybody here listens.
    const expected = `PORT ${a.address.replaceAll('.', ',')},7,208\r\n`;
    // A helper looks for commands behind a line of which it has seen the end.
    for (const text of ['\r\n', expected]) await a.client.ask({ do: 'say', name, text });
    assert.match(overlay.lab.run('conntrack', ['-L', 'expect']), /dport=2000/);
    const data = await b.client.ask({ do: 'open', name: 'data', protocol: 'tcp', to: a.address, port: 2000 });
    await a.client.ask({ do: 'close', name });
    assert.equal(data, false);
    assert.ok((overlay.lab.counters('inet')['stray'] ?? 0) > 0, 'it was expected, and dropped');
  });

  describe('SCTP', () => {
    /** INIT, with the addresses that the sender says it has besides (RFC 9260, 3.3.2.1.1). */
    function init(from: Role, port: number, text: string, more?: Role): () => void {
      const fixed = Buffer.from([0, 0, 0, 1, 0, 0, 0xff, 0xff, 0, 1, 0, 1, 0, 0, 0, 1]);
      const also = more ? [0, 5, 0, 8, ...overlay.lab.endpoints[more].address.split('.').map(Number)] : [];
      // A parameter that may be skipped.
      const said = Buffer.concat([Uint8Array.of(0xc0, 0x99, 0, 4 + text.length), Buffer.from(text)]);
      const value = Buffer.concat([fixed, Uint8Array.from(also), said]);
      return send(from, 'b', ip4(ends(from, 'b'), SCTP, sctp(3868, port, 0, INIT, value)));
    }
    const chunk = (from: Role, type: number, text: string) =>
      send(from, 'b', ip4(ends(from, 'b'), SCTP, sctp(3868, 3868, 7, type, Buffer.from(text.padEnd(16)))));

    it('is judged by its port, and each address of an association by itself', async () => {
      const sends = {
        allowed: init('a', 3868, 'allowed', 'c'),
        'another port': init('a', 3869, 'another port'),
        'another source': init('d', 3868, 'another source'),
        'another path': chunk('c', HEARTBEAT, 'another path'),
        'out of the blue': chunk('d', DATA, 'out of the blue'),
      };
      assert.deepEqual(await seen('b', sends), Object.keys(sends).toSorted(), 'the flat network');
      load([{ from: 's/a', to: 's/b', protocol: 'sctp', port: 3868 }]);
      assert.deepEqual(await seen('b', sends), ['allowed']);
      assert.ok(
        overlay.lab.denied().some(({ src, protocol, port }) => {
          return src === overlay.lab.endpoints.a.address && protocol === 'sctp' && port === 3869;
        }),
      );
    });
  });

  describe('fragments', () => {
    let id = 1;
    /** The datagram cut after `first` bytes of the IP payload, a multiple of 8. */
    function pieces(
      port: number,
      text: string,
      first: number,
      order: readonly number[] = [0, 1],
    ): () => void {
      const whole = udp(ends('a', 'b'), 4000, port, text);
      return () => {
        id += 1;
        const cut = [
          ip4(ends('a', 'b'), UDP, whole.subarray(0, first), { id, offset: 0, more: true }),
          ip4(ends('a', 'b'), UDP, whole.subarray(first), { id, offset: first / 8, more: false }),
        ];
        for (const index of order) send('a', 'b', cut[index] ?? new Uint8Array())();
      };
    }

    it('are judged together, however small, in whatever order, and none alone', async () => {
      const sends = {
        'to the allowed port': pieces(80, 'to the allowed port', 8),
        'the last one first': pieces(80, 'the last one first', 8, [1, 0]),
        'to another port': pieces(81, 'to another port', 8),
        'without a first': pieces(80, 'without a first', 8, [1]),
        'without a last': pieces(80, `without a last${'.'.repeat(10)}`, 32, [0]),
      };
      assert.deepEqual(await seen('b', sends), Object.keys(sends).toSorted(), 'the flat network');
      load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
      assert.deepEqual(await seen('b', sends), ['the last one first', 'to the allowed port']);
    });

    it('that overlap come to nothing: no port is written over another', async () => {
      function overlapping(order: readonly number[]): (text: string) => () => void {
        return (text) => {
          const [harmless, real] = [80, 81].map((port) => udp(ends('a', 'b'), 4000, port, text));
          return () => {
            id += 1;
            const cut = [
              ip4(ends('a', 'b'), UDP, harmless!.subarray(0, 16), { id, offset: 0, more: true }),
              ip4(ends('a', 'b'), UDP, real!.subarray(0, 8), { id, offset: 0, more: true }),
              ip4(ends('a', 'b'), UDP, real!.subarray(8), { id, offset: 1, more: false }),
            ];
            for (const index of order) send('a', 'b', cut[index] ?? new Uint8Array())();
          };
        };
      }
      const sends = Object.fromEntries(
        [
          [0, 1, 2],
          [1, 0, 2],
          [2, 0, 1],
          [2, 1, 0],
        ].map((order) => [`overlap ${order.join('')}`, overlapping(order)(`overlap ${order.join('')}`)]),
      );
      load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
      const before = await seen('b', { 'it works': pieces(80, 'it works', 8) });
      assert.deepEqual(before, ['it works']);
      assert.deepEqual(await seen('b', sends), []);
    });

    it('of a large datagram pass both ways where it is allowed', async () => {
      load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
      const { a, b } = overlay.lab.endpoints;
      const name = 'large';
      assert.ok(await a.client.ask({ do: 'open', name, protocol: 'udp', to: b.address, port: 80 }));
      assert.equal(await a.client.ask({ do: 'exchange', name, bytes: 6000 }), true);
      await a.client.ask({ do: 'close', name });
      const other = 'other';
      assert.ok(await a.client.ask({ do: 'open', name: other, protocol: 'udp', to: b.address, port: 81 }));
      assert.equal(await a.client.ask({ do: 'exchange', name: other, bytes: 6000 }), false);
      await a.client.ask({ do: 'close', name: other });
    });
  });

  it('has nothing else pass but where everything is allowed', async () => {
    const others = { GRE: 47, IPIP: 4, ESP: 50, AH: 51, IGMP: 2, 'UDP-Lite': 136, DCCP: 33, unknown: 253 };
    const sends = (to: Role) =>
      Object.fromEntries(
        Object.entries(others).map(([name, number]) => {
          const text = `${name} to ${to}`;
          return [text, send('a', to, ip4(ends('a', to), number, Buffer.from(text.padStart(24))))];
        }),
      );
    load([
      ...(['tcp', 'udp', 'sctp', 'icmp'] as const).map((protocol): Allow => ({
        from: 's/a',
        to: 's/b',
        protocol,
      })),
      { from: 's/a', to: 's/c', protocol: 'any' },
    ]);
    assert.deepEqual(await seen('b', sends('b')), []);
    const passed = await seen('c', sends('c'));
    assert.ok(passed.includes('GRE to c') && passed.includes('unknown to c'), passed.join());
    const group = { ...overlay.lab.endpoints.c, address: '224.0.0.251' };
    const toGroup = ip4(
      { from: overlay.lab.endpoints.a.address, to: group.address },
      UDP,
      udp({ from: overlay.lab.endpoints.a.address, to: group.address }, 5353, 5353, 'to a group'),
    );
    assert.deepEqual(await seen('c', { 'to a group': send('a', 'c', toGroup) }), []);
  });
});
