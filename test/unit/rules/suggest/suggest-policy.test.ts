import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatLabel } from '../../../../compose-ext/index.ts';
import type { Place } from '../../../../rules/evaluator.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { createEdgeCollector } from '../../../../rules/suggest/collect-edges.ts';
import type { Suggestion } from '../../../../rules/suggest/suggestion.ts';
import { unusedAllows } from '../../../../rules/suggest/unused-allows.ts';
import { flow, read, suggest, traffic } from './observed.ts';

const SHOP = `services:
  web: { image: web, ports: ["8080:80"] }
  api: { image: api }
`;
const tcp = (from: Place, to: Place, port: number) => ({ from, to, protocol: 'tcp', port });
const [web, api] = [{ service: 'shop/web' }, { service: 'shop/api' }];

function labels({ sides }: Pick<Suggestion, 'sides'>): Record<string, string> {
  return Object.fromEntries(
    sides.map(({ service, direction, entries }) => [
      `${service} ${direction}`,
      formatLabel(entries.map(({ entry }) => entry)),
    ]),
  );
}

describe('suggestPolicy', () => {
  it('names each client of a published port that comes again, at the port of the container', () => {
    const records = ['192.0.2.1', '192.0.2.200', '2001:db8::7'].flatMap((address) =>
      traffic(tcp({ address }, web, 8080)),
    );
    assert.equal(
      labels(suggest({ shop: SHOP }, records))['shop/web ingress'],
      '192.0.2.1:80 192.0.2.200:80 [2001:db8::7]:80',
    );
  });

  it('names their network once many of one are proven', () => {
    const records = Array.from({ length: 8 }, (_, index) =>
      traffic(tcp({ address: `192.0.2.${index + 1}` }, web, 80)),
    );
    assert.equal(labels(suggest({ shop: SHOP }, records.flat()))['shop/web ingress'], '192.0.2.0/24:80');
  });

  it('opens a port to the world only for visitors from all over who were served', () => {
    const visitors = (packets: number) =>
      Array.from({ length: 24 }, (_, index) =>
        flow(tcp({ address: `${20 + index}.1.2.3` }, web, 80), { packets, bytes: 9_000 }),
      );
    const served = suggest({ shop: SHOP }, visitors(20));
    assert.equal(labels(served)['shop/web ingress'], 'world:80');
    assert.equal(served.sides[0]?.entries[0]?.evidence[0]?.addresses, 24);
    const refused = suggest({ shop: SHOP }, visitors(4));
    assert.equal(labels(refused)['shop/web ingress'], 'none');
    assert.equal(refused.leftOut.length, 24);
    const neighbours = Array.from({ length: 24 }, (_, index) =>
      flow(tcp({ address: `20.1.2.${index}` }, web, 80)),
    );
    assert.equal(labels(suggest({ shop: SHOP }, neighbours))['shop/web ingress'], 'none');
  });

  it('never opens the way to credentials of a machine', () => {
    const found = suggest({ shop: SHOP }, traffic(tcp(api, { address: '169.254.169.254' }, 80)));
    assert.equal(labels(found)['shop/api egress'], 'none');
    assert.deepEqual(
      found.leftOut.map(({ reason }) => reason),
      ['metadata'],
    );
  });

  it('leaves out what no entry can say, and services that no file has', () => {
    const records = [
      ...traffic({ from: web, to: api, protocol: 'icmp' }),
      ...traffic(tcp(web, { service: 'other/a.b' }, 80)),
      ...traffic(tcp(web, { service: 'shop/gone' }, 80)),
      ...traffic(tcp(web, { service: 'shop/world' }, 80)),
    ];
    assert.deepEqual(
      suggest({ shop: SHOP }, records)
        .leftOut.map(({ reason }) => reason)
        .toSorted(),
      ['no-entry', 'no-entry', 'unknown-service', 'unknown-service'],
    );
  });

  it('does not take a balancer, or nobody, for a client', () => {
    const record = flow(tcp(web, api, 80));
    const hidden = traffic(tcp(web, api, 80)).flatMap((each) => [
      { ...each, source: { kind: 'balancer' as const, address: '10.0.1.9' } },
      { ...each, source: { kind: 'unknown' as const, address: '10.0.1.10' } },
    ]);
    const found = suggest({ shop: SHOP }, [record, ...hidden]);
    assert.equal(labels(found)['shop/api ingress'], 'none');
    assert.deepEqual(
      found.leftOut.map(({ edge, reason }) => [edge.connections, reason]),
      [[1, 'rare']],
    );
  });

  it('says what another stack has to allow, and which services nobody saw', () => {
    const texts = {
      shop: SHOP,
      data: 'services:\n  db:\n    image: db\n    labels: { swarmwall.ingress: "none" }\n',
    };
    const found = suggest(texts, traffic(tcp(web, { service: 'data/db' }, 5432)), ['shop']);
    assert.deepEqual(labels({ sides: found.elsewhere }), { 'data/db ingress': 'shop/web:5432' });
    assert.equal(labels(found)['shop/web egress'], 'data/db:5432');
    assert.deepEqual(found.unseen, ['shop/api']);
  });
});

describe('unusedAllows', () => {
  it('names the entries, and the ports of one, that let nothing pass', () => {
    const text = `services:
  web:
    image: web
    ports: ["8080:80"]
    labels: { swarmwall.ingress: "world:80", swarmwall.egress: "api:3000,3001 data/db" }
  api:
    image: api
    labels: { swarmwall.ingress: "web:3000-3001 stack:data" }
`;
    const collector = createEdgeCollector();
    const records = [
      ...traffic(tcp(web, api, 3000)),
      ...traffic(tcp({ address: '192.0.2.1' }, web, 8080)),
      ...traffic(tcp({ service: 'data/db' }, api, 9), { verdict: 'denied' }),
    ];
    for (const record of records) collector.add(record);
    const { edges } = collector.edges();
    assert.deepEqual(
      unusedAllows(read({ shop: text }).cluster, new Set(['shop']), edges).map(
        ({ policy, entries, ports, origin }) => [policy, entries, ports?.length, origin.line],
      ),
      [
        ['web.egress', ['api:3001'], 1, 5],
        ['web.egress', ['data/db'], undefined, 5],
        ['api.ingress', ['stack:data'], undefined, 8],
      ],
    );
  });

  it('takes a DNS name for used, and adds no address, where what passed may be the name’s', () => {
    const text = `services:
  web:
    image: web
    labels: { swarmwall.ingress: none, swarmwall.egress: "api.example.com:443 192.0.2.0/24:443" }
`;
    const outside = (address: string, port: number, more: Partial<FlowRecord> = {}) =>
      traffic(tcp(web, { address }, port), more);
    const unused = (records: readonly FlowRecord[]) => {
      const collector = createEdgeCollector();
      for (const record of records) collector.add(record);
      return unusedAllows(read({ shop: text }).cluster, new Set(['shop']), collector.edges().edges).map(
        ({ entries }) => entries,
      );
    };
    const byName = outside('203.0.113.9', 443);
    assert.deepEqual(unused(byName), [['192.0.2.0/24:443']]);
    assert.deepEqual(unused(outside('192.0.2.7', 443)), [['api.example.com:443']]);
    assert.equal(unused(outside('203.0.113.9', 80)).length, 2);
    assert.equal(unused(outside('203.0.113.9', 443, { verdict: 'would-deny' })).length, 2);
    const found = suggest({ shop: text }, byName);
    assert.deepEqual([found.sides, found.leftOut.map(({ reason }) => reason)], [[], ['by-name']]);
    const audited = suggest({ shop: text }, outside('203.0.113.9', 443, { verdict: 'would-deny' }));
    assert.equal(labels(audited)['shop/web egress'], '203.0.113.9:443');
  });
});
