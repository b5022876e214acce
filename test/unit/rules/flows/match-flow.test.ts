import assert from 'node:assert/strict';
import type { FlowQuery, FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { matchesFlow } from '../../../../rules/flows/match-flow.ts';

const record: FlowRecord = {
  first: 1_000,
  last: 2_000,
  node: 'n1',
  network: 'voting_back',
  direction: 'egress',
  source: { kind: 'service', address: '10.0.0.2', service: 'voting/web_front', stack: 'voting', task: 't1' },
  destination: { kind: 'service', address: '10.0.0.3', service: 'data/db', stack: 'data', container: 'c1' },
  protocol: 'tcp',
  port: 5432,
  verdict: 'denied',
  mode: 'enforce',
  connections: 0,
  packets: 1,
  bytes: 60,
};

describe('what a query of flows asks for', () => {
  const cases: readonly (readonly [FlowQuery, boolean])[] = [
    [{}, true],
    [{ from: 'voting/web_front' }, true],
    [{ from: 'voting_web_front' }, true],
    [{ from: 'voting' }, true],
    [{ from: '10.0.0.2' }, true],
    [{ from: 't1', to: 'c1' }, true],
    [{ from: 'data' }, false],
    [{ from: 'voting_web' }, false],
    [{ to: 'data/db' }, true],
    [{ to: 'voting/web_front' }, false],
    [{ port: 5432, protocol: 'tcp' }, true],
    [{ port: 5433 }, false],
    [{ protocol: 'udp' }, false],
    [{ protocol: '6' }, true],
    [{ protocol: '17' }, false],
    [{ verdicts: ['denied', 'would-deny'] }, true],
    [{ verdicts: ['allowed'] }, false],
    [{ stack: 'data' }, true],
    [{ stack: 'other' }, false],
    [{ service: 'voting/web_front' }, true],
    [{ service: 'data/web' }, false],
    [{ node: 'n1' }, true],
    [{ node: 'n2' }, false],
    [{ since: 2_000 }, true],
    [{ since: 2_001 }, false],
    [{ until: 1_000 }, true],
    [{ until: 999 }, false],
  ];
  for (const [query, expected] of cases)
    it(`${JSON.stringify(query)} ${expected ? 'takes' : 'leaves'} it`, () => {
      assert.equal(matchesFlow(query, record), expected);
    });
});
