import type { Lab } from '../../lab/lab.ts';
import { fromOutside, probeAll, type ProbeTarget } from '../../lab/probe.ts';
import type { LabTask } from '../../lab/tasks.ts';
import { NETWORK } from './shop.ts';

/** One way to dial a service: `shop_web on node1 → VIP of shop_db, 5432/tcp`. */
export interface Dial {
  readonly from: LabTask;
  readonly what: string;
  readonly target: ProbeTarget;
  /** Who may answer. */
  readonly containers: readonly string[];
}

const PORTS = [
  { protocol: 'tcp', port: 5432 },
  { protocol: 'udp', port: 5353 },
  { protocol: 'tcp', port: 9000 },
] as const;
const PUBLISHED = [
  { protocol: 'tcp', port: 8080 },
  { protocol: 'udp', port: 5300 },
] as const;
const TRIES = 3;

/** From each task of web and the attacker to the database, by every name and address that it has. */
export function dialsToDb(tasks: readonly LabTask[]): readonly Dial[] {
  const databases = tasks.filter(({ service }) => service === 'shop_db');
  const all = databases.map(({ container }) => container);
  return tasks
    .filter(({ service }) => service !== 'shop_db')
    .flatMap((from) =>
      PORTS.flatMap(({ protocol, port }): Dial[] => [
        ...['shop_db', 'tasks.shop_db'].map((address) => ({
          ...{ from, what: address, containers: all },
          target: { protocol, address, port },
        })),
        ...databases.map((to) => ({
          ...{ from, what: `task on ${to.node.name}`, containers: [to.container] },
          target: { protocol, address: to.addresses[NETWORK]!, port },
        })),
      ]),
    );
}

/** By `describeDial`: allowed or denied. What is expected to be allowed is tried again: a busy machine loses packets too. */
export async function observeDials(
  dials: readonly Dial[],
  expected: (dial: Dial) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const observed = new Map<string, string>();
  for (const from of new Set(dials.map((dial) => dial.from))) {
    let left = dials.filter((dial) => dial.from === from);
    for (let attempt = 0; attempt < TRIES && left.length > 0; attempt++) {
      const answers = await probeAll(
        from.prober,
        left.map(({ target }) => target),
      );
      for (const [at, dial] of left.entries()) {
        const { observed: outcome, by = '?' } = answers[at]!;
        if (outcome === 'allowed' && !dial.containers.some((container) => container.startsWith(by)))
          throw new Error(`${describeDial(dial)} was answered by ${by}.`);
        observed.set(describeDial(dial), outcome);
      }
      left = left.filter((dial) => expected(dial) && observed.get(describeDial(dial)) === 'denied');
    }
  }
  return observed;
}

/** Who answers when it is dialled again and again: the balancer takes its backends by turns. `nobody`: some were denied. */
export async function answerersOf({ from, target }: Dial, times: number): Promise<readonly string[]> {
  const answers = await probeAll(
    from.prober,
    Array.from({ length: times }, () => target),
  );
  return [...new Set(answers.map(({ by }) => by ?? 'nobody'))].sort();
}

export function describeDial({ from, what, target }: Dial): string {
  return `${from.service} on ${from.node.name} → ${what}, ${String(target.port)}/${target.protocol}`;
}

/** From each of these addresses of the outside host to the published ports through each node: `.201 → node2, 8080/tcp`. */
export async function observeMesh(
  lab: Lab,
  expected: Readonly<Record<string, 'allowed' | 'denied'>>,
): Promise<{ readonly observed: object; readonly wanted: object }> {
  const dials = Object.keys(expected).flatMap((source) =>
    lab.nodes.flatMap(({ name, address }) =>
      PUBLISHED.map((port) => ({
        name: `${source} → ${name}, ${String(port.port)}/${port.protocol}`,
        wanted: expected[source]!,
        target: { ...port, address, source },
      })),
    ),
  );
  const observed: Record<string, string> = {};
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const left = dials.filter(
      ({ name, wanted }) =>
        observed[name] === undefined || (wanted === 'allowed' && observed[name] === 'denied'),
    );
    const answers = await probeAll(
      fromOutside(lab.outside),
      left.map(({ target }) => target),
    );
    for (const [at, { name }] of left.entries()) observed[name] = answers[at]!.observed;
  }
  return { observed, wanted: Object.fromEntries(dials.map(({ name, wanted }) => [name, wanted])) };
}
