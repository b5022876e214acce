import assert from 'node:assert/strict';
import { toAgentMessage } from '../../../../plugin/controller/message-schema.ts';
import { createRateLimit } from '../../../../plugin/controller/rate-limit.ts';

const HEALTH = {
  revision: 1,
  mode: 'enforcing',
  programs: [],
  driftRepaired: 0,
  encrypted: [],
  encryption: 'unknown',
  verdictLog: { days: 7, megabytes: 1024, syslog: 'udp://192.0.2.1:514' },
  noFlows: 'it speaks protocol 2',
  startedAt: 1,
};

describe('what an agent may say', () => {
  it('is one of four messages, without what is not known', () => {
    const report = { addresses: [], networks: [], health: { ...HEALTH, extra: 1 } };
    assert.deepEqual(toAgentMessage({ type: 'report', report, more: true }), {
      type: 'report',
      report: { addresses: [], networks: [], health: HEALTH },
    });
    assert.deepEqual(toAgentMessage({ type: 'subscribe' }), { type: 'subscribe' });
  });

  const network = { id: 'n1', name: 'n', subnets: ['10.0.0.0/24'], encrypted: false, ingress: false };
  for (const [what, message] of [
    ['nothing', null],
    ['a string', 'report'],
    ['no type', {}],
    ['a type of the prototype', { type: 'constructor' }],
    ['a report without health', { type: 'report', report: { addresses: [], networks: [] } }],
    [
      'an address that is none',
      {
        type: 'report',
        report: {
          addresses: [],
          networks: [{ network, loadBalancer: '10.0.0', endpoints: [] }],
          health: HEALTH,
        },
      },
    ],
    [
      'a subnet that is none',
      {
        type: 'report',
        report: {
          addresses: [],
          networks: [{ network: { ...network, subnets: ['x'] }, endpoints: [] }],
          health: HEALTH,
        },
      },
    ],
    [
      'an id with a space',
      {
        type: 'report',
        report: {
          addresses: [],
          networks: [{ network: { ...network, id: 'a b' }, endpoints: [] }],
          health: HEALTH,
        },
      },
    ],
    [
      'a revision below zero',
      { type: 'report', report: { addresses: [], networks: [], health: { ...HEALTH, revision: -1 } } },
    ],
    ['a number as text', { type: 'pong', n: '1' }],
  ] as const)
    it(`is not ${what}`, () => {
      assert.throws(() => toAgentMessage(message), { code: 'peer-invalid' });
    });
});

describe('the rate limit', () => {
  it('lets a burst through, then so many a second', () => {
    let now = 0;
    const may = createRateLimit(10, 3, () => now);
    assert.deepEqual([may(), may(), may(), may()], [true, true, true, false]);
    now = 100;
    assert.deepEqual([may(), may()], [true, false]);
    now = 60_000;
    assert.deepEqual([may(), may(), may(), may()], [true, true, true, false]);
  });
});
