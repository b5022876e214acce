import assert from 'node:assert/strict';
import { summariseFlows } from '../../../../rules/flows/summarise-flows.ts';
import { aFlow, serviceEnd } from './a-flow.ts';

const web = serviceEnd('shop/web');
const db = serviceEnd('shop/db');

describe('the summary of flows', () => {
  it('counts what both nodes of a connection saw once', () => {
    const sent = aFlow({
      ...{ source: web, destination: db, verdict: 'allowed', node: 'node1', direction: 'egress' },
      ...{ connections: 3, packets: 30, bytes: 300 },
    });
    const received = {
      ...sent,
      node: 'node2',
      direction: 'ingress',
      connections: 2,
      last: sent.last + 5,
    } as const;
    const [row, ...others] = summariseFlows([sent, received, sent]);
    assert.deepEqual(others, []);
    assert.deepEqual(row, {
      ...{ verdict: 'allowed', from: 'shop/web', to: 'shop/db', protocol: 'tcp', port: 5432 },
      ...{ connections: 6, packets: 60, bytes: 600, first: sent.first, last: sent.last + 5 },
      nodes: ['node1', 'node2'],
    });
  });

  it('puts first what was denied, then the busiest', () => {
    const rows = summariseFlows([
      aFlow({ verdict: 'allowed', connections: 1, port: 1 }),
      aFlow({ verdict: 'allowed', connections: 9, port: 2 }),
      aFlow({ verdict: 'limited', port: 3 }),
      aFlow({ verdict: 'would-deny', port: 4 }),
      aFlow({ verdict: 'denied', port: 5 }),
    ]);
    assert.deepEqual(
      rows.map(({ port }) => port),
      [5, 4, 3, 2, 1],
    );
  });

  it('takes the world as one place, and keeps the newest reason', () => {
    const from = (address: string, last: number, text: string) =>
      aFlow({ source: { kind: 'world', address }, last, reason: { policy: 'shop/web', text } });
    const rows = summariseFlows([from('203.0.113.1', 20, 'new'), from('203.0.113.2', 10, 'old')]);
    assert.deepEqual(
      rows.map(({ from: name, reason }) => [name, reason?.text]),
      [['world', 'new']],
    );
  });

  it('keeps apart what differs in port, protocol, verdict or staged verdict', () => {
    const flow = aFlow();
    const rows = [
      flow,
      { ...flow, port: 1 },
      { ...flow, protocol: 'udp' },
      { ...flow, staged: 'allowed' as const },
    ];
    assert.equal(summariseFlows(rows).length, 4);
  });
});
