import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  covers,
  difference,
  EVERYTHING,
  includes,
  intersection,
  isEmpty,
  joinTouching,
  NOTHING,
  type PortRange,
  type PortSet,
  portsAsked,
  PROTOCOLS,
  samePorts,
  spans,
  union,
} from '../../../rules/port-set.ts';
import { resolvePorts } from '../../../rules/resolve-ports.ts';

const tcp = (...ranges: readonly PortRange[]): PortSet => ({ ...NOTHING, tcp: ranges });
const ICMP: PortSet = { ...NOTHING, icmp: true };

/** Ports of small ranges and at both ends of all ports, some with ICMP. */
const range = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3)).map(([port, more]) => ({ port, endPort: port + more })),
  fc.constantFrom({}, { port: 65535 }, { port: 2, endPort: 65535 }, { port: 1, endPort: 65534 }),
);
const ported = fc.array(fc.tuple(fc.constantFrom(...PROTOCOLS), range), { maxLength: 3 }).map((all) =>
  all.length === 0
    ? NOTHING
    : resolvePorts(
        all.map(([protocol, ports]) => ({ protocol, ...ports })),
        [],
      ),
);
const set: fc.Arbitrary<PortSet> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(EVERYTHING, NOTHING) },
  { weight: 8, arbitrary: fc.tuple(ported, fc.boolean()).map(([ports, icmp]) => ({ ...ports, icmp })) },
);
/** At and around every edge that a set may have. */
const ASKED = PROTOCOLS.flatMap((protocol) =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 65533, 65534, 65535].map((port) => ({ protocol, port })),
);

/** What a set holds, port by port. */
function holds(each: PortSet): readonly string[] {
  const ports = ASKED.filter(({ protocol, port }) => includes(each, protocol, port));
  const icmp = includes(each, 'icmp') ? ['icmp'] : [];
  return [...icmp, ...ports.map(({ protocol, port }) => `${protocol} ${port}`)];
}

describe('A set of ports', () => {
  it('united, cut and taken away holds what that means of each port', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [inA, inB] = [holds(a), holds(b)];
        const all = holds(EVERYTHING);
        assert.deepEqual(
          holds(union(a, b)),
          all.filter((each) => inA.includes(each) || inB.includes(each)),
        );
        assert.deepEqual(
          holds(intersection(a, b)),
          all.filter((each) => inA.includes(each) && inB.includes(each)),
        );
        assert.deepEqual(
          holds(difference(a, b)),
          all.filter((each) => inA.includes(each) && !inB.includes(each)),
        );
        assert.equal(isEmpty(a), inA.length === 0);
        assert.equal(
          covers(a, b),
          inB.every((each) => inA.includes(each)),
        );
        assert.deepEqual(holds(joinTouching(a)), inA);
      }),
      { numRuns: 500 },
    );
  });

  it('has ranges in order that share no port, and as few as can be once joined', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        for (const each of [union(a, b), intersection(a, b), difference(a, b)])
          for (const protocol of PROTOCOLS) {
            const check = (ranges: readonly PortRange[], gap: number) =>
              ranges.forEach(([first, last], index) => {
                assert.ok(first <= last);
                const before = ranges[index - 1];
                if (before) assert.ok(before[1] + gap < first, JSON.stringify(ranges));
              });
            check(each[protocol], 0);
            check(joinTouching(each)[protocol], 1);
          }
      }),
    );
  });

  it('covers what has no gap in it, however many ranges that takes, and everything only as everything', () => {
    const touching = tcp([1, 79], [80, 80], [81, 65535]);
    assert.ok(covers(touching, tcp([1, 65535])) && covers(touching, tcp([79, 81])));
    assert.ok(covers(touching, NOTHING) && covers(NOTHING, NOTHING) && covers(EVERYTHING, EVERYTHING));
    assert.ok(!covers(tcp([1, 79], [81, 65535]), tcp([1, 65535])));
    assert.ok(!covers(tcp([1, 65534]), tcp([1, 65535])) && !covers(tcp([2, 65535]), tcp([1, 65535])));
    assert.ok(!covers(touching, { ...NOTHING, udp: [[80, 80]] }) && !covers(touching, ICMP));
    assert.ok(!covers({ ...touching, icmp: true }, EVERYTHING));
  });

  it('keeps ranges that merely touch apart, and joins them for people', () => {
    const touching = union(tcp([80, 80]), tcp([81, 90]));
    assert.deepEqual(touching.tcp, [
      [80, 80],
      [81, 90],
    ]);
    assert.deepEqual(joinTouching(touching).tcp, [[80, 90]]);
    assert.deepEqual(union(tcp([80, 85]), tcp([85, 90])).tcp, [[80, 90]]);
    assert.deepEqual(union(tcp([1, 100]), tcp([5, 6])).tcp, [[1, 100]]);
  });

  it('is the same as another when it has the same entries', () => {
    assert.ok(samePorts(EVERYTHING, EVERYTHING));
    assert.ok(samePorts(tcp([80, 81]), tcp([80, 81])));
    assert.ok(!samePorts(tcp([80, 80], [81, 81]), tcp([80, 81])));
    assert.ok(!samePorts(ICMP, NOTHING));
    assert.ok(!samePorts(EVERYTHING, difference(EVERYTHING, tcp([80, 80]))));
  });

  it('is told in spans: a number, a range, a whole protocol, ICMP or everything', () => {
    assert.deepEqual(spans(EVERYTHING), [{ protocol: 'any' }]);
    assert.deepEqual(spans(NOTHING), []);
    const many = { ...NOTHING, tcp: [[1, 65535]], udp: [[53, 53]], sctp: [[1, 9]], icmp: true } as const;
    assert.deepEqual(spans(many), [
      { protocol: 'tcp' },
      { protocol: 'udp', port: 53 },
      { protocol: 'sctp', port: 1, endPort: 9 },
      { protocol: 'icmp' },
    ]);
    assert.deepEqual(spans(tcp([2, 65535])), [{ protocol: 'tcp', port: 2, endPort: 65535 }]);
  });

  it('of everything but a port leaves the ports around it, and every other protocol that has a name', () => {
    assert.deepEqual(spans(difference(EVERYTHING, tcp([80, 80]))), [
      { protocol: 'tcp', port: 1, endPort: 79 },
      { protocol: 'tcp', port: 81, endPort: 65535 },
      { protocol: 'udp' },
      { protocol: 'sctp' },
      { protocol: 'icmp' },
    ]);
    assert.equal(difference(EVERYTHING, ICMP).icmp, false);
    assert.deepEqual(difference(EVERYTHING, NOTHING), EVERYTHING);
  });

  it('asked for is one port, all of a protocol, or ICMP', () => {
    assert.deepEqual(portsAsked('udp', 53), { ...NOTHING, udp: [[53, 53]] });
    assert.deepEqual(portsAsked('tcp'), tcp([1, 65535]));
    assert.deepEqual(portsAsked('icmp'), ICMP);
    assert.ok(includes(tcp([1, 65535]), 'tcp'));
    assert.ok(!includes(tcp([1, 65534]), 'tcp'));
    assert.ok(!includes(tcp([2, 65535]), 'tcp'));
  });
});
