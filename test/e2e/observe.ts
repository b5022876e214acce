import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { patient } from '../lab/full-kernel.ts';
import type { LabNode } from '../lab/node.ts';
import { probe, probeAll, type Prober, type ProbeTarget } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';

/** A port of one task's, by its address on a network. */
export interface Target {
  readonly to: LabTask;
  readonly network: string;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
}

type From = Pick<LabTask, 'prober'>;

export const on = (tasks: readonly LabTask[], service: string, node: LabNode): LabTask => {
  const found = tasks.find((task) => task.service === service && task.node.name === node.name);
  if (found === undefined) throw new Error(`No task of ${service} on ${node.name}.`);
  return found;
};

/** One try of a second: for what is denied, which costs all of it. */
export async function observe(
  from: From,
  to: LabTask,
  network: string,
  port: number,
  protocol: 'tcp' | 'udp' = 'tcp',
): Promise<'allowed' | 'denied'> {
  return (await probe(from.prober, { protocol, address: to.addresses[network]!, port }, patient(1))).observed;
}

/** Tries again until it is answered: a busy machine loses packets, and a network learns of its endpoints by gossip. */
export async function allows(from: From, target: Target | ProbeTarget, why = ''): Promise<void> {
  const wanted = targetOf(target);
  await eventually(async () => {
    const { observed } = await probe(from.prober, wanted, patient(3));
    assert.equal(observed, 'allowed', `${wanted.address}:${wanted.port}/${wanted.protocol} ${why}`);
  }, 30_000);
}

/** At once, and for good. */
export async function denies(from: From, target: Target | ProbeTarget, why = ''): Promise<void> {
  const wanted = targetOf(target);
  const { observed } = await probe(from.prober, wanted, patient(1));
  assert.equal(observed, 'denied', `${wanted.address}:${wanted.port}/${wanted.protocol} ${why}`);
}

/** Tried again until it is as expected: what is allowed may be lost on a busy machine, and rules take a moment. */
export async function outcomes(
  from: Prober,
  expected: readonly (readonly [target: ProbeTarget, observed: 'allowed' | 'denied'])[],
): Promise<void> {
  await eventually(async () => {
    const answers = await probeAll(
      from,
      expected.map(([target]) => target),
    );
    assert.deepEqual(
      expected.map(([{ address, port, source = '' }], at) => [
        `${source}→${address}:${port}`,
        answers[at]?.observed,
      ]),
      expected.map(([{ address, port, source = '' }, wanted]) => [`${source}→${address}:${port}`, wanted]),
    );
  }, 30_000);
}

function targetOf(target: Target | ProbeTarget): ProbeTarget {
  if ('address' in target) return target;
  const { to, network, port, protocol = 'tcp' } = target;
  return { address: to.addresses[network]!, port, protocol };
}
