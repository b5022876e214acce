import assert from 'node:assert/strict';
import { TIMES } from '../../../../plugin/config.ts';
import { recordParted } from '../../../../plugin/controller/parted-agents.ts';
import type { NodeReport } from '../../../../plugin/protocol.ts';
import { FakeClock } from '../fake-clock.ts';

const REPORT: NodeReport = {
  networks: [],
  addresses: [],
  health: {
    ...{ revision: 1, mode: 'enforcing', programs: [], driftRepaired: 0 },
    ...{ encrypted: [], encryption: 'unknown', startedAt: 0 },
  },
};

describe('agents that went', () => {
  it('are gone once a restart would have brought them back, and known since when', async () => {
    const clock = new FakeClock();
    const parted = recordParted(clock);
    const from = clock.now();
    parted.part('a', REPORT);
    assert.deepEqual(parted.list(), [{ node: 'a', report: REPORT, gone: false }]);
    await clock.pass(TIMES.loadBalancerGrace + 1);
    assert.equal(parted.list()[0]?.gone, true);
    assert.equal(parted.since('a'), from);
    assert.equal(parted.since('b'), undefined);
  });

  it('are forgotten with their node', () => {
    const parted = recordParted(new FakeClock());
    for (const node of ['a', 'b']) parted.part(node, REPORT);
    parted.forgetOthers(['b', 'c']);
    assert.deepEqual(
      parted.list().map(({ node }) => node),
      ['b'],
    );
  });
});
