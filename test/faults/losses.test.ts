import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning } from '../lab/tasks.ts';
import { FaultySwarm, NO_DAMAGE } from './faulty-swarm.ts';
import type { Flow } from './flows.ts';
import { receivedWords, SERVICES } from './stack.ts';

/** Losses of whole nodes take minutes: `npm run test:faults`. */
describe('nodes that are lost, with allowed and forbidden traffic running throughout', () => {
  let swarm: FaultySwarm;
  let one: LabNode;
  let two: LabNode;
  let three: LabNode;

  before(async () => {
    swarm = await FaultySwarm.start();
    [one, two, three] = swarm.nodes;
  });
  after(() => swarm?.lab.destroy());

  const notAt =
    (node: LabNode) =>
    ({ from, to }: Flow): boolean =>
      from !== node && to !== node;

  it('a node is drained, and takes tasks again', async () => {
    const { lab, managers, flows } = swarm;
    const setAvailability = (value: string) =>
      // Swarm's own changes of the node come between now and then: "update out of sequence".
      eventually(() => lab.manager.docker(['node', 'update', '--availability', value, two.name]));
    const damage = await flows.during(async () => {
      await setAvailability('drain');
      await eventually(async () => assert.equal((await two.docker(['ps', '--quiet'])).stdout, ''), 60_000);
      await setAvailability('active');
      await waitRunning(lab, SERVICES);
      await managers.settled();
    }, notAt(two));
    await swarm.renewFlows();
    assert.deepEqual({ ...damage, broken: [] }, NO_DAMAGE);
    assert.deepEqual(await swarm.flows.during(() => Promise.resolve()), NO_DAMAGE);
  });

  it('the leader is lost with its engine, and another leads', async () => {
    const { lab, managers, flows } = swarm;
    const damage = await flows.during(async () => {
      await one.stopEngine('SIGKILL');
      await eventually(async () => {
        const { stdout } = await two.docker(['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
        assert.match(stdout, /(node2|node3) Leader/);
      }, 60_000);
      await managers.settled([two, three]);
      await one.startEngine();
      await waitRunning(lab, SERVICES);
      await managers.settled();
    }, notAt(one));
    await swarm.renewFlows();
    assert.deepEqual({ ...damage, broken: [] }, NO_DAMAGE);
  });

  // Without Swarmwall, too, connections over such a cut end, and nodes that were not cut off lose each other for half a
  // minute after it: the engines' gossip. So what is asserted is that nothing leaks, and that all of it comes back.
  it('a node is cut off from the others, and comes back', async () => {
    const { managers, flows } = swarm;
    const damage = await flows.during(async () => {
      await three.run('ip', ['link', 'set', 'eth0', 'down']);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await three.run('ip', ['link', 'set', 'eth0', 'up']);
      await flows.recovered();
      await managers.settled();
    });
    console.log(
      `      ${String(damage.lost)} allowed packets lost, ${String(damage.broken.length)} connections`,
    );
    assert.equal(damage.leaked, 0);
    await swarm.renewFlows();
    assert.equal((await swarm.flows.during(() => Promise.resolve())).leaked, 0);
  });

  it('let nothing forbidden through that containers sent by themselves, from their first moment on', async () => {
    const { wanted, forbidden } = await receivedWords(swarm.lab);
    assert.ok(wanted > 50, String(wanted));
    assert.equal(forbidden, 0);
  });
});
