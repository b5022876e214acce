import assert from 'node:assert/strict';
import type { GuardedNetworks } from '../../plugin/api/types.ts';
import { NO_DAMAGE } from '../faults/faulty-swarm.ts';
import { Flows } from '../faults/flows.ts';
import { deployFaultStack, INGRESS, NETWORK, PUSH_PORT, SERVICES } from '../faults/stack.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, update } from './agents.ts';
import { on } from './observe.ts';
import { PushedConnection } from './open-connection.ts';

const KEPT = { lost: 0, broken: [] };
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

describe('a cluster that runs, guarded for the first time', () => {
  let lab: Lab;
  let agents: Agents;
  let flows: Flows;
  /** From another node and from the same one, by whom the policy allows; then by whom it does not. */
  let pushed: readonly PushedConnection[];
  let refused: PushedConnection;

  before(async () => {
    lab = await sharedLab();
    agents = new Agents(lab);
    await deployFaultStack(lab);
    const tasks = await waitRunning(lab, SERVICES);
    flows = await Flows.start(tasks, 'first');
    const [one, two] = lab.nodes as [LabNode, LabNode];
    const db = on(tasks, 'fault_db', two);
    await PushedConnection.serve(db, PUSH_PORT);
    const listen = (from: LabTask) => PushedConnection.open(from, db.addresses[NETWORK]!, PUSH_PORT);
    pushed = await Promise.all([one, two].map((node) => listen(on(tasks, 'fault_client', node))));
    refused = await listen(on(tasks, 'fault_attacker', one));
  });
  after(async () => {
    await Promise.all([flows?.stop(), ...(pushed ?? []).map((each) => each.close()), refused?.close()]);
    await agents.remove();
    await resetLab(lab);
  });

  it('loses no packet and no connection that its policy allows when the agents come', async () => {
    const { leaked, lost, broken } = await flows.during(() => agents.start());
    assert.ok(leaked > 0, 'nothing was open before');
    assert.deepEqual({ lost, broken }, KEPT);
    assert.deepEqual(await flows.during(quiet), NO_DAMAGE);
    await Promise.all(pushed.map((each) => each.goesOn()));
    const heard = refused.heard();
    await quiet();
    await quiet();
    assert.equal(refused.heard(), heard, 'what the policy does not allow');
  });

  it('loses none when the first service on a network that ran without policy gets one', async () => {
    await update(lab, 'fault_db', '--label-rm', 'swarmwall.ingress');
    for (const node of lab.nodes)
      await eventually(async () => {
        const { networks } = await agents.ask<GuardedNetworks>(node, 'agent', '/v1/networks');
        assert.ok(!networks.some(({ network }) => network.name === NETWORK), `guarded on ${node.name}`);
      });
    const { leaked, lost, broken } = await flows.during(async () => {
      await quiet();
      await update(lab, 'fault_db', '--label-add', `swarmwall.ingress=${INGRESS}`);
      await agents.settled();
    });
    assert.ok(leaked > 0, 'nothing was open before');
    assert.deepEqual({ lost, broken }, KEPT);
    assert.deepEqual(await flows.during(quiet), NO_DAMAGE);
    await Promise.all(pushed.map((each) => each.goesOn()));
  });
});
