import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatLabel,
  parseLabel,
  type LabelEntry,
  type LabelPeer,
  type PortMatch,
} from '../../../compose-ext/index.ts';

type Entry = Pick<LabelEntry, 'peer' | 'ports'>;

function parsed(text: string): Entry[] {
  const { entries, problems } = parseLabel(text);
  assert.deepEqual(problems, []);
  return entries.map(({ peer, ports }) => ({ peer, ports }));
}

describe('the label grammar', () => {
  const examples: readonly (readonly [string, LabelPeer, readonly PortMatch[]])[] = [
    ['web', { kind: 'service', service: 'web' }, []],
    ['web:80', { kind: 'service', service: 'web' }, [{ protocol: 'tcp', port: 80 }]],
    [
      'mon/prom:9090/UDP',
      { kind: 'service', stack: 'mon', service: 'prom' },
      [{ protocol: 'udp', port: 9090 }],
    ],
    [
      'world:http,5000-6000/sctp',
      { kind: 'world' },
      [
        { protocol: 'tcp', port: 'http' },
        { protocol: 'sctp', port: 5000, endPort: 6000 },
      ],
    ],
    ['any', { kind: 'any' }, []],
    ['{}', { kind: 'selector', terms: [] }, []],
    [
      'mon/{app=a,ready,!old}:1',
      {
        kind: 'selector',
        stack: 'mon',
        terms: [
          { kind: 'equals', key: 'app', value: 'a' },
          { kind: 'exists', key: 'ready' },
          { kind: 'absent', key: 'old' },
        ],
      },
      [{ protocol: 'tcp', port: 1 }],
    ],
    [
      '{url=http://x:80/}',
      { kind: 'selector', terms: [{ kind: 'equals', key: 'url', value: 'http://x:80/' }] },
      [],
    ],
    ['stack:mon', { kind: 'stack', stack: 'mon' }, []],
    ['stack:mon:443', { kind: 'stack', stack: 'mon' }, [{ protocol: 'tcp', port: 443 }]],
    ['group:office', { kind: 'group', group: 'office' }, []],
    ['group:office-2:443', { kind: 'group', group: 'office-2' }, [{ protocol: 'tcp', port: 443 }]],
    ['API.Example.com.:443', { kind: 'name', name: 'api.example.com' }, [{ protocol: 'tcp', port: 443 }]],
    ['*.example.org', { kind: 'name', name: '*.example.org' }, []],
    ['xn--bcher-kva.example', { kind: 'name', name: 'xn--bcher-kva.example' }, []],
    ['10.0.0.9', { kind: 'cidr', cidr: '10.0.0.9/32', except: [] }, []],
    [
      '10.9.0.0/8!10.1.0.0/16!10.2.0.0/16:443',
      { kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] },
      [{ protocol: 'tcp', port: 443 }],
    ],
    ['[2001:db8::1]', { kind: 'cidr', cidr: '2001:db8::1/128', except: [] }, []],
    [
      '[2001:db8::/32]![2001:db8:1::/48]:443',
      { kind: 'cidr', cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] },
      [{ protocol: 'tcp', port: 443 }],
    ],
  ];
  for (const [text, peer, ports] of examples) {
    it(`reads ${text}`, () => assert.deepEqual(parsed(text), [{ peer, ports }]));
  }

  it('separates entries by any white space, and knows where each is', () => {
    const { entries } = parseLabel('  web:80\n\tapi  any ');
    assert.deepEqual(
      entries.map(({ offset, length }) => [offset, length]),
      [
        [2, 6],
        [10, 3],
        [15, 3],
      ],
    );
  });

  it('reads none only alone', () => {
    assert.deepEqual(parseLabel(' none\n'), { none: true, entries: [], problems: [] });
    assert.equal(parseLabel('none web').problems[0]?.code, 'none-not-alone');
  });

  it('refuses a label beyond every use before reading it', () => {
    const { problems, entries } = parseLabel('web '.repeat(50_000));
    assert.deepEqual([problems.map(({ code }) => code), entries], [['label-too-long'], []]);
  });

  it('reads what formatting writes', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (entries) => {
        assert.deepEqual(parsed(formatLabel(entries)), entries);
      }),
    );
  });

  it('never throws, and places every problem inside the text', () => {
    const mutated = fc
      .tuple(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        fc.nat(60),
        fc.nat(4),
        fc.string({ maxLength: 3 }),
      )
      .map(([entries, at, cut, put]) => {
        const text = formatLabel(entries);
        return text.slice(0, at) + put + text.slice(at + cut);
      });
    const soup = fc.string({ unit: fc.constantFrom(...'ab1.:/!,{}[]=- \n'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutated, soup), (text) => {
        const { problems, entries } = parseLabel(text);
        for (const { offset, message } of problems)
          assert.ok(offset >= 0 && offset <= text.length && message !== '');
        assert.deepEqual(parseLabel(formatLabel(entries)).problems, []);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Plain objects: deepEqual tells them from those without a prototype. */
function plainRecord<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true } as never) as fc.Arbitrary<T>;
}

const name = fc
  .stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,8}$/)
  .filter((text) => !['world', 'any', 'none', 'stack', 'group'].includes(text));
const key = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,8}$/);
const terms = fc.uniqueArray(
  fc.oneof(
    plainRecord({
      kind: fc.constant('equals' as const),
      key,
      value: fc.stringMatching(/^[a-z:./@+-]{0,6}$/),
    }),
    plainRecord({ kind: fc.constantFrom('exists' as const, 'absent' as const), key }),
  ),
  { maxLength: 3, selector: (term) => term.key },
);
const v4 = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.0`);
const peer: fc.Arbitrary<LabelPeer> = fc.oneof(
  name.map((service) => ({ kind: 'service' as const, service })),
  plainRecord({ kind: fc.constant('service' as const), stack: name, service: name }),
  plainRecord({ kind: fc.constant('selector' as const), terms }),
  plainRecord({ kind: fc.constant('selector' as const), stack: name, terms }),
  name.map((stack) => ({ kind: 'stack' as const, stack })),
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).map((group) => ({ kind: 'group' as const, group })),
  fc
    .stringMatching(/^(\*\.)?[a-z][a-z0-9_]{0,6}\.example$/)
    .map((name) => ({ kind: 'name' as const, name: name.replace('*.', '*.a.') })),
  fc.array(v4, { maxLength: 2 }).map((blocks) => ({
    kind: 'cidr' as const,
    cidr: '10.0.0.0/8',
    except: blocks.map((block) => `${block}/24`),
  })),
  fc.constant({ kind: 'cidr' as const, cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] }),
  fc.constantFrom({ kind: 'world' as const }, { kind: 'any' as const }),
);
const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
const port: fc.Arbitrary<PortMatch> = fc.oneof(
  plainRecord({ protocol, port: fc.integer({ min: 1, max: 65535 }) }),
  plainRecord({ protocol, port: fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/) }),
  plainRecord({
    protocol,
    port: fc.integer({ min: 1, max: 999 }),
    endPort: fc.integer({ min: 1000, max: 65535 }),
  }),
);
const entry: fc.Arbitrary<Entry> = plainRecord({ peer, ports: fc.array(port, { maxLength: 3 }) });
