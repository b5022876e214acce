import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { update, type Agents } from '../../e2e/agents.ts';
import { observe, on } from '../../e2e/observe.ts';
import { OpenConnection, PushedConnection } from '../../e2e/open-connection.ts';
import { eventually } from '../../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../../lab/fabric.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabNode } from '../../lab/node.ts';
import type { LabTask } from '../../lab/tasks.ts';
import { answerersOf, describeDial, dialsToDb, observeDials, observeMesh, type Dial } from './paths.ts';
import { PLAIN_NETWORK, PUSH_PORT, applySettings, deployedShop } from './shop.ts';
import { WireCapture } from './wire.ts';

const [CLIENT, STRANGER] = OUTSIDE_ADDRESSES;
const byPolicy = ({ from, target }: Dial): boolean => from.service === 'shop_web' && target.port !== 9000;

describe('Swarm as its users have it: VIPs, routing mesh, encrypted overlays', () => {
  let lab: Lab;
  let agents: Agents;
  let one: LabNode;
  let two: LabNode;
  let tasks: readonly LabTask[];
  /** By the VIP, begun before Swarmwall came: allowed, and not. */
  let listening: PushedConnection;
  let refused: PushedConnection;

  before(async () => {
    ({ lab, agents, one, two, tasks } = await deployedShop());
  });
  // Nobody can look into the machine afterwards.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const node of lab.nodes)
      for (const log of readdirSync(node.folder).filter((name) => /^(agent|controller)-/.test(name)))
        process.stderr.write(
          `${node.name} ${log}:\n${readFileSync(join(node.folder, log), 'utf8').split('\n').slice(-12).join('\n')}\n`,
        );
    const { stdout, stderr } = await lab.manager.run('swarmwall', ['status'], { reject: false });
    process.stderr.write(stdout + stderr);
  });

  const outcomes = async (expected: (dial: Dial) => boolean): Promise<void> => {
    const dials = dialsToDb(tasks);
    const observed = await observeDials(dials, expected);
    const wanted = dials.map((dial) => [describeDial(dial), expected(dial) ? 'allowed' : 'denied']);
    assert.deepEqual(Object.fromEntries(observed), Object.fromEntries(wanted));
  };
  const mesh = async (expected: Readonly<Record<string, 'allowed' | 'denied'>>): Promise<void> => {
    const { observed, wanted } = await observeMesh(lab, expected);
    assert.deepEqual(observed, wanted);
  };

  it('carries an overlay that is not encrypted in the clear, without Swarmwall', async () => {
    const capture = await WireCapture.start(one);
    const [from, to] = [one, two].map((node) => on(tasks, 'other_attacker', node)) as [LabTask, LabTask];
    await eventually(async () => assert.equal(await observe(from, to, PLAIN_NETWORK, 4444), 'allowed'));
    await eventually(async () => {
      const read = await capture.inTheClear(4444);
      assert.ok(read > 4, `${String(read)} packets could be read`);
    });
    await capture.stop();
  });

  it('is flat without Swarmwall: names, VIPs and addresses answer everybody, on one node and across two', () =>
    outcomes(() => true));

  it('lets anybody at published ports without Swarmwall, through every node', () =>
    mesh({ [CLIENT]: 'allowed', [STRANGER]: 'allowed' }));

  it('says that encryption is available, and enforces on both nodes', async () => {
    for (const db of tasks.filter(({ service }) => service === 'shop_db'))
      await PushedConnection.serve(db, PUSH_PORT);
    const [web, attacker] = ['shop_web', 'other_attacker'].map((service) => on(tasks, service, one));
    listening = await PushedConnection.open(web!, 'shop_db', PUSH_PORT);
    refused = await PushedConnection.open(attacker!, 'shop_db', PUSH_PORT);
    await agents.start();
    await eventually(async () => {
      const { nodes } = await agents.controller();
      assert.deepEqual(
        nodes.map(({ encryption }) => encryption),
        ['available', 'available'],
      );
    });
  });

  it('lets go on over a VIP what only the server speaks on, where the labels allow it', async () => {
    await listening.goesOn();
    const heard = refused.heard();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.equal(refused.heard(), heard);
    await Promise.all([listening.close(), refused.close()]);
  });

  it('lets through by name, VIP and address what the labels allow and nothing else', () =>
    outcomes(byPolicy));

  it('lets only the named client in through the routing mesh, on every node, TCP and UDP', () =>
    mesh({ [CLIENT]: 'allowed', [STRANGER]: 'denied' }));

  it('carries an encrypted overlay in ESP only', async () => {
    const capture = await WireCapture.start(one);
    await outcomes(byPolicy);
    const { esp, vxlan } = await capture.stop();
    assert.equal(vxlan, 0);
    assert.ok(esp > 20, `${String(esp)} ESP packets`);
  });

  it('cuts what is open over a VIP when its allow is taken away, and keeps the rest', async () => {
    const attacker = on(tasks, 'other_attacker', one);
    await update(
      lab,
      'shop_db',
      '--label-add',
      'swarmwall.ingress=web:5432 web:5353/udp other/attacker:5432',
    );
    const revoked = await eventually(() => OpenConnection.open(attacker, 'shop_db', 5432), 60_000);
    const kept = await OpenConnection.open(on(tasks, 'shop_web', one), 'shop_db', 5432);
    await update(lab, 'shop_db', '--label-add', 'swarmwall.ingress=web:5432 web:5353/udp');
    await revoked.ends();
    await kept.goesOn();
    await Promise.all([revoked.close(), kept.close()]);
  });

  it('refuses in strict mode the balancer of a node whose agent is gone, and has it back with the agent', async () => {
    await applySettings(lab, 'nodes: strict');
    const dial = dialsToDb(tasks).find(
      ({ what, from, target }) =>
        what === 'shop_db' && from.service === 'shop_web' && from.node === two && target.protocol === 'tcp',
    )!;
    const local = on(tasks, 'shop_db', two).container.slice(0, 12);
    const remote = on(tasks, 'shop_db', one).container.slice(0, 12);
    // The node without an agent keeps its rules, so its own task still answers; another node trusts it no more.
    const answerers = (expected: readonly string[]) =>
      eventually(async () => assert.deepEqual(await answerersOf(dial, 8), [...expected].sort()), 180_000);
    await answerers([local, remote]);
    await agents.killAgent(two);
    await answerers(['nobody', local]);
    await agents.startAgent(two);
    await agents.settled();
    await answerers([local, remote]);
  });
});
