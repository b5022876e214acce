import assert from 'node:assert/strict';
import type { GuardedNetworks } from '../../plugin/api/types.ts';
import { Flows } from '../faults/flows.ts';
import { deployFaultStack, INGRESS, NETWORK, SERVICES } from '../faults/stack.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents, update } from './agents.ts';

const KEPT = { lost: 0, broken: [] };
const CLOSED = { leaked: 0, ...KEPT };
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

describe('a cluster that runs, guarded for the first time', () => {
  let lab: Lab;
  let agents: Agents;
  let flows: Flows;

  before(async () => {
    lab = await sharedLab();
    agents = new Agents(lab);
    await deployFaultStack(lab);
    flows = await Flows.start(await waitRunning(lab, SERVICES), 'first');
  });
  after(async () => {
    await flows?.stop();
    await agents.remove();
    await resetLab(lab);
  });

  it('loses no packet and no connection that its policy allows when the agents come', async () => {
    const { leaked, ...damage } = await flows.during(() => agents.start());
    assert.ok(leaked > 0, 'nothing was open before');
    assert.deepEqual(damage, KEPT);
    assert.deepEqual(await flows.during(quiet), CLOSED);
  });

  it('loses none when the first service on a network that ran without policy gets one', async () => {
    await update(lab, 'fault_db', '--label-rm', 'swarmwall.ingress');
    for (const node of lab.nodes)
      await eventually(async () => {
        const { networks } = await agents.ask<GuardedNetworks>(node, 'agent', '/v1/networks');
        assert.ok(!networks.some(({ network }) => network.name === NETWORK), `guarded on ${node.name}`);
      });
    const { leaked, ...damage } = await flows.during(async () => {
      await quiet();
      await update(lab, 'fault_db', '--label-add', `swarmwall.ingress=${INGRESS}`);
      await agents.settled();
    });
    assert.ok(leaked > 0, 'nothing was open before');
    assert.deepEqual(damage, KEPT);
    assert.deepEqual(await flows.during(quiet), CLOSED);
  });
});
