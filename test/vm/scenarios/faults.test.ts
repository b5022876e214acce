import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agents, update } from '../../e2e/agents.ts';
import { Flows } from '../../faults/flows.ts';
import { deployFaultStack, NETWORK, SERVICES } from '../../faults/stack.ts';
import { sharedLab } from '../../lab/fixture.ts';
import type { Lab } from '../../lab/lab.ts';
import { run } from '../../lab/process.ts';
import { waitRunning } from '../../lab/tasks.ts';

const TABLE_SIZE = '/proc/sys/net/netfilter/nf_conntrack_max';
const LABEL = 'swarmwall.ingress=client:5432 client:7000/udp client:7001/udp';

/** Both are one for the whole kernel, whose own machine this is. */
describe('a kernel whose clock and connection table fail, with allowed and forbidden traffic running throughout', () => {
  let lab: Lab;
  let agents: Agents;
  let flows: Flows;

  before(async () => {
    lab = await sharedLab();
    agents = new Agents(lab);
    await agents.start();
    await deployFaultStack(lab);
    const tasks = await waitRunning(lab, SERVICES);
    await agents.settled();
    flows = await Flows.start(tasks, '1');
  });

  const setTime = (by: number) => run('date', ['-s', `@${String(Math.floor(Date.now() / 1_000) + by)}`]);
  /** The nodes enforce what is new, whatever the time is said to be. */
  const change = async (more: string): Promise<void> => {
    await update(lab, 'fault_db', '--label-add', `${LABEL}${more}`);
    await agents.settled();
  };

  it('is set an hour forth and half an hour back: nothing leaks or breaks, and what is new is enforced', async () => {
    const { leaked, broken } = await flows.during(async () => {
      await setTime(3_600);
      await sleep(3_000);
      await change(' client:7002/udp');
      await setTime(-5_400);
      await sleep(3_000);
      await change('');
      await setTime(1_800);
      await change(' client:7002/udp');
    });
    assert.deepEqual({ leaked, broken }, { leaked: 0, broken: [] });
  });

  it('has no room for another connection: nothing leaks or breaks, and all goes on when there is', async () => {
    const before = readFileSync(TABLE_SIZE, 'utf8');
    const pushedOut = await connectionsPushedOut(lab);
    const { leaked, lost, broken } = await flows.during(async () => {
      writeFileSync(TABLE_SIZE, '1');
      await sleep(10_000);
      writeFileSync(TABLE_SIZE, before);
      await flows.recovered();
    });
    const found = (await connectionsPushedOut(lab)) - pushedOut;
    console.error(`${String(found)} connections lost their room or found none, and ${String(lost)} packets`);
    assert.ok(found > 0, 'the table was never full');
    assert.deepEqual({ leaked, broken }, { leaked: 0, broken: [] });
  });
});

/** Those that were refused, or had to go for others, by the kernel's own counters of each node's overlay. */
async function connectionsPushedOut(lab: Lab): Promise<number> {
  const inspect = ['network', 'inspect', '--format', '{{.Id}}', NETWORK];
  const id = (await lab.manager.docker(inspect)).stdout.trim();
  let sum = 0;
  for (const node of lab.nodes) {
    const overlay = await node.overlayNetns(id);
    if (overlay === undefined) throw new Error(`${NETWORK} is not on ${node.name}`);
    const { stdout } = await node.inNetns(overlay, 'conntrack', ['-S']);
    for (const [, count] of stdout.matchAll(/\b(?:early_)?drop=(\d+)/gu)) sum += Number(count);
  }
  return sum;
}
