import assert from 'node:assert/strict';
import { parseCounters, parseDenied } from '../../../../rules/overlay/denied-flows.ts';
import { parseObserved } from '../../../../rules/nftables/observe.ts';

const table = { table: { family: 'inet', name: 'swarmwall', handle: 1 } };
const chain = { chain: { name: 'forward', hook: 'forward', policy: 'drop' } };
const rule = (comment?: string) => ({
  rule: { chain: 'forward', ...(comment === undefined ? {} : { comment }) },
});
const json = (...objects: readonly object[]) =>
  JSON.stringify({ nftables: [{ metainfo: { version: '1.1.3' } }, table, ...objects] });
const version = (...objects: readonly object[]) => parseObserved(json(...objects))?.version;

describe('reading a table back', () => {
  it('is undefined without a table', () => {
    assert.equal(parseObserved(JSON.stringify({ nftables: [] })), undefined);
  });

  it('knows the version only when every rule is there and no other', () => {
    assert.equal(version(chain, rule('abc:0/2'), rule('abc:1/2')), 'abc');
    for (const rules of [
      [rule('abc:0/2')],
      [rule('abc:1/2'), rule('abc:0/2')],
      [rule('abc:0/2'), rule('abc:0/2')],
      [rule('abc:0/2'), rule('abd:1/2')],
      [rule('abc:0/2'), rule('abc:1/2'), rule()],
      [rule(), rule('abc:0/1')],
      [],
    ])
      assert.equal(version(chain, ...rules), '', JSON.stringify(rules));
    assert.equal(version(chain, { chain: { name: 'foreign' } }, rule('abc:0/1')), '');
  });

  it('reads keys as numbers, names, ranges and prefixes', () => {
    const observed = parseObserved(
      json(
        { map: { name: 'ids', elem: [['10.0.0.2', 1]] } },
        {
          map: {
            name: 'allow_range',
            elem: [
              [{ concat: [1, 2, 'tcp', { range: [1000, 1999] }] }, 2147483649],
              [{ concat: [1, 2, 17, { prefix: { addr: 1024, len: 6 } }] }, 2147483650],
            ],
          },
        },
        { set: { name: 'live', elem: [2147483649] } },
        { set: { name: 'empty' } },
        { set: { name: 'denied', flags: ['timeout'], elem: [{ concat: [1, 2] }] } },
      ),
    );
    assert.deepEqual(
      [...(observed?.elements ?? [])].map(([name, elements]) => [name, [...elements]]),
      [
        ['live', [['2147483649', '']]],
        ['empty', []],
        ['ids', [['10.0.0.2', '1']]],
        [
          'allow_range',
          [
            ['1 . 2 . 6 . 1000-1999', '2147483649'],
            ['1 . 2 . 17 . 1024-2047', '2147483650'],
          ],
        ],
      ],
    );
  });

  it('quotes names of interfaces, as every version of nft declares them', () => {
    const meta = (key: string) => ({ meta: { key } });
    const payload = { payload: { protocol: 'ether', field: 'saddr' } };
    const observed = parseObserved(
      json(
        {
          set: {
            name: 'ports',
            type: ['ifname', 'ether_addr', 'ipv4_addr'],
            elem: [{ concat: ['veth3', '02:42:0a:00:00:03', '10.0.0.3'] }],
          },
        },
        { set: { name: 'members', type: 'ifname', elem: ['veth3'] } },
        {
          set: {
            name: 'newer_ports',
            type: { typeof: { concat: [meta('iifname'), payload] } },
            elem: [{ concat: ['veth3', '02:42:0a:00:00:03'] }],
          },
        },
        {
          set: {
            name: 'crossed',
            type: { typeof: { concat: [meta('iifname'), meta('oifname')] } },
            elem: [{ concat: ['br-1', 'br-1'] }],
          },
        },
        { set: { name: 'entered', type: { typeof: meta('iifname') }, elem: ['br-1'] } },
        { set: { name: 'live', type: { typeof: meta('mark') }, elem: [1] } },
      ),
    );
    assert.deepEqual(
      [...(observed?.elements ?? [])].flatMap(([, elements]) => [...elements.keys()]),
      [
        '"veth3" . 02:42:0a:00:00:03 . 10.0.0.3',
        '"veth3"',
        '"veth3" . 02:42:0a:00:00:03',
        '"br-1" . "br-1"',
        '"br-1"',
        '1',
      ],
    );
  });

  it('reads denied flows and counters', () => {
    const flow = (concat: readonly unknown[], packets: number) => ({
      elem: { val: { concat }, expires: 3599, counter: { packets, bytes: 60 } },
    });
    const text = json(
      { counter: { name: 'denied', packets: 3 } },
      { set: { name: 'denied', flags: ['timeout'], elem: [flow(['10.0.0.2', '10.0.0.3', 6, 81], 3)] } },
      {
        set: {
          name: 'would_deny_portless',
          timeout: 3600,
          elem: [flow(['10.0.0.2', '10.0.0.3', 'icmp'], 1)],
        },
      },
    );
    assert.deepEqual(parseDenied(text), [
      { src: '10.0.0.2', dst: '10.0.0.3', protocol: 'tcp', port: 81, packets: 3, wouldDeny: false },
      { src: '10.0.0.2', dst: '10.0.0.3', protocol: 'icmp', packets: 1, wouldDeny: true },
    ]);
    assert.deepEqual(parseCounters(text), { denied: 3 });
  });
});
