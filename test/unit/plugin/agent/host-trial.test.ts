import assert from 'node:assert/strict';
import type { HostFirewall, HostPolicy } from '../../../../rules/host-firewall/host-firewall.ts';
import { decideHost } from '../../../../plugin/agent/host-trial.ts';

const policy = (name: string): HostPolicy => ({ policies: [name], closed: true, rules: [], guarded: [] });
const firewall = (id: string): HostFirewall => ({
  confirmed: policy('old'),
  trial: { id, seconds: 60, policy: policy('new') },
  swarmPorts: [],
});

describe('a trial of node policies', () => {
  it('lasts its time, over restarts and without a manager, then what was confirmed is back', () => {
    const begun = decideHost(firewall('a'), undefined, 1_000);
    assert.deepEqual([begun.trial?.left, begun.health?.state], [60_000, 'trial']);
    const later = decideHost(firewall('a'), begun.begun, 31_000);
    assert.equal(later.trial?.left, 30_000);
    const over = decideHost(firewall('a'), later.begun, 61_000);
    assert.equal(over.trial, undefined);
    assert.deepEqual(over.confirmed, policy('old'));
    assert.deepEqual(over.health, { state: 'rolled-back', policies: ['old'], tried: ['new'], until: 61_000 });
  });

  it('stays over when clocks are set back, and is no longer than it may be', () => {
    const over = decideHost(firewall('a'), { id: 'a', until: 61_000 }, 62_000);
    assert.equal(decideHost(firewall('a'), over.begun, 5_000).trial, undefined);
    const back = decideHost(firewall('a'), { id: 'a', until: 9_000_000 }, 1_000);
    assert.equal(back.trial?.left, 60_000);
    assert.equal(decideHost(firewall('a'), back.begun, 31_000).trial?.left, 30_000);
  });

  it('begins anew when the policies are written anew', () => {
    const over = decideHost(firewall('a'), { id: 'a', until: 0 }, 62_000);
    assert.equal(decideHost(firewall('b'), over.begun, 62_000).trial?.left, 60_000);
  });

  it('ends when it is confirmed, or when no policy is there', () => {
    const confirmed = { confirmed: policy('new'), swarmPorts: [] };
    const kept = decideHost(confirmed, { id: 'a', until: 61_000 }, 2_000);
    assert.deepEqual(kept, { confirmed: policy('new'), health: { state: 'confirmed', policies: ['new'] } });
    assert.deepEqual(decideHost(undefined, { id: 'a', until: 61_000 }, 2_000), {});
  });
});
