import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFlowExplainer } from '../../../../rules/flows/explain-flow.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { compareVerdicts } from '../../../../rules/staged/compare-verdicts.ts';
import { judgeSeen } from '../../../../rules/staged/judge-seen.ts';
import { createSeenFlows } from '../../../../rules/staged/seen-flows.ts';
import { aFlow, ATTACK, serviceEnd } from '../flows/a-flow.ts';
import { clusterOf, shopText } from './staged-texts.ts';

const END = ATTACK.last;

const flow = (from: string, changes: Partial<FlowRecord> = {}): FlowRecord =>
  aFlow({
    ...{ source: serviceEnd(`shop/${from}`, '10.0.1.8'), destination: serviceEnd('shop/db') },
    ...{ verdict: 'allowed', connections: 1, direction: 'egress', staged: 'limited' },
    reason: { policy: 'shop/db', text: 'of another day' },
    ...changes,
  });

describe('what a staged policy does to flows that were seen', () => {
  it('is said of each pair once: how often, when, and by which rule', () => {
    const seen = createSeenFlows({ passed: 100, denied: 100 });
    for (const last of [END, END + 5_000]) {
      seen.add(flow('web', { last }));
      // The other node of the same connection.
      seen.add(flow('web', { last, direction: 'ingress', node: 'node2' }));
    }
    seen.add(flow('job', { verdict: 'denied', connections: 0 }));
    seen.add(flow('web', { protocol: '47', port: 0 }));
    const staged = clusterOf(shopText('job:5432'), '', 'next.yaml');
    const effects = judgeSeen(
      seen.all(),
      compareVerdicts(clusterOf(shopText('web:5432')), staged),
      createFlowExplainer(staged),
    );
    assert.deepEqual(
      effects.breaks.map(({ from, to, port, connections, first, last, verdict, staged: then, reason }) => [
        ...[`${from} → ${to}:${String(port)}`, connections, first, last, verdict, then],
        `${reason?.text ?? ''} (${reason?.file ?? ''}:${String(reason?.line)})`,
      ]),
      [
        [
          ...['shop/web → shop/db:5432', 2, ATTACK.first, END + 5_000, 'allowed', 'denied'],
          'no ingress rule of shop/db allows shop/web (next.yaml:10)',
        ],
      ],
    );
    assert.deepEqual(
      effects.opens.map(({ from, verdict, staged: then }) => [from, verdict, then]),
      [['shop/job', 'denied', 'allowed']],
    );
    assert.deepEqual([effects.judged, effects.unjudged], [4, 1]);
  });

  it('is bounded, and what was denied takes no place from what passed', () => {
    const seen = createSeenFlows({ passed: 2, denied: 3 });
    seen.add(flow('web'));
    seen.add(flow('job'));
    for (let port = 1; port <= 50; port++) seen.add(flow('web', { verdict: 'denied', port }));
    assert.equal([...seen.all()].length, 5);
    assert.equal(seen.forgotten, 47);
    assert.deepEqual(
      [...seen.all()].filter(({ verdict }) => verdict === 'allowed').map(({ source }) => source.service),
      ['shop/web', 'shop/job'],
    );
    for (const each of seen.all()) assert.ok(!('reason' in each) && !('staged' in each));
  });
});
