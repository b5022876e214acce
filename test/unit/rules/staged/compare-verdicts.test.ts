import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FlowEnd, FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { compareVerdicts, stagedField } from '../../../../rules/staged/compare-verdicts.ts';
import { aFlow, serviceEnd } from '../flows/a-flow.ts';
import { clusterOf, shopText } from './staged-texts.ts';

const between = (from: string, to: string, verdict: FlowRecord['verdict'] = 'allowed'): FlowRecord =>
  aFlow({ source: serviceEnd(`shop/${from}`, '10.0.1.8'), destination: serviceEnd(`shop/${to}`), verdict });
const world = (address: string): FlowEnd => ({ kind: 'world', address });

describe('a flow under the policy in force and under the staged one', () => {
  const now = clusterOf(shopText('web:5432'));
  const effect = (staged: string, flow: FlowRecord, enforced = now, policies = '') => {
    const found = compareVerdicts(enforced, clusterOf(staged, policies))(flow);
    return found && `${found.effect}: ${found.now}, then ${found.then}`;
  };

  const rows: readonly (readonly [what: string, staged: string, flow: FlowRecord, effect: string])[] = [
    [
      'that the staged one no longer allows',
      shopText('job:5432'),
      between('web', 'db'),
      'breaks: allowed, then denied',
    ],
    [
      'on a port that it no longer allows',
      shopText('web:5433'),
      between('web', 'db'),
      'breaks: allowed, then denied',
    ],
    [
      'that it allows from now on',
      shopText('web:5432 job'),
      between('job', 'db', 'denied'),
      'opens: denied, then allowed',
    ],
    [
      'that it denies in audit alone',
      shopText('job', { mode: 'audit' }),
      between('web', 'db'),
      'alters: allowed, then would-deny',
    ],
    [
      'of which both say the same',
      shopText('web:5000-6000'),
      between('web', 'db'),
      'none: allowed, then allowed',
    ],
    [
      'whose client may not leave',
      shopText('web:5432', { web: 'none' }),
      between('web', 'db'),
      'breaks: allowed, then denied',
    ],
  ];
  for (const [what, staged, flow, expected] of rows)
    it(`${what}: ${expected}`, () => {
      assert.equal(effect(staged, flow), expected);
    });

  it('is judged by what is in force now, whatever its record says', () => {
    assert.equal(effect(shopText('none'), between('web', 'db', 'denied')), 'breaks: allowed, then denied');
  });

  it('from audit to enforcement breaks what only passes in audit', () => {
    const audit = clusterOf(shopText('web:5432', { mode: 'audit' }));
    const flow = between('job', 'db', 'would-deny');
    assert.equal(effect(shopText('web:5432'), flow, audit), 'breaks: would-deny, then denied');
  });

  it('knows what an administrator would deny', () => {
    const deny =
      'kind: ClusterPolicy\nname: no-db\ntier: Admin\npriority: 1\ningress: [{ action: Deny, from: [{ any: true }], ports: [{ port: 5432 }] }]\n';
    assert.equal(
      effect(shopText('web:5432'), between('web', 'db'), now, deny),
      'breaks: allowed, then denied',
    );
  });

  it('has no verdict where no policy is about it', () => {
    const strange: readonly Partial<FlowRecord>[] = [
      { source: { kind: 'balancer', address: '10.0.1.4' } },
      { source: { kind: 'unknown', address: '10.0.1.99' } },
      { source: serviceEnd('shop/gone') },
      { protocol: '47' },
    ];
    for (const changes of strange)
      assert.equal(effect(shopText('none'), { ...between('web', 'db'), ...changes }), undefined);
  });

  it('that passes by a DNS name breaks when any name goes by which it may pass, and not before', () => {
    const names = clusterOf(shopText('web:5432', { web: 'api.example.com:443 cdn.example.org' }));
    const flow = aFlow({
      ...{ source: serviceEnd('shop/web'), destination: world('203.0.113.9'), port: 443, verdict: 'allowed' },
    });
    const then = (web: string) => effect(shopText('web:5432', { web }), flow, names);
    assert.equal(then('api.example.com:443 cdn.example.org db'), 'none: allowed, then allowed');
    assert.equal(then('api.example.com:443'), 'breaks: allowed, then denied');
    assert.equal(then('world:443'), 'none: allowed, then allowed');
    // What was denied passed by no name.
    assert.equal(
      effect(shopText('web:5432', { web: 'none' }), { ...flow, verdict: 'denied' }, names),
      'none: denied, then denied',
    );
  });

  it('tells addresses of the world apart', () => {
    const open = clusterOf(shopText('web:5432', { web: 'world' }));
    const to = (address: string) =>
      aFlow({ source: serviceEnd('shop/web'), destination: world(address), verdict: 'allowed' });
    const compare = compareVerdicts(open, clusterOf(shopText('web:5432', { web: '203.0.113.0/24' })));
    assert.equal(compare(to('203.0.113.9'))?.effect, 'none');
    assert.equal(compare(to('198.51.100.1'))?.effect, 'breaks');
  });

  it('is said in its record: what was seen where both agree, else the staged verdict', () => {
    const same = { now: 'allowed', then: 'allowed', effect: 'none' } as const;
    assert.equal(stagedField(same, 'limited'), 'limited');
    assert.equal(stagedField({ now: 'allowed', then: 'denied', effect: 'breaks' }, 'allowed'), 'denied');
  });
});
