import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { DEMO_STACKS, judgeOf, readStacks, type DemoStack } from '../../../lab/demo/voting-stacks.ts';
import { flow, service, world } from './flows.ts';

export interface DemoPair {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly allowed: boolean;
}

/** Every pair and port of the demo's stacks, by what their files say. */
export function demoPairs(): readonly DemoPair[] {
  const stacks: readonly DemoStack[] = readStacks();
  const judge = judgeOf(stacks, ['198.51.100.1', '198.51.100.2']);
  const services = stacks.flatMap((stack) => stack.services);
  return services.flatMap(({ key: from }) =>
    services.flatMap(({ key: to, listeners }) =>
      listeners.map(({ protocol, port }) => ({
        ...{ from, to, protocol, port },
        allowed: judge.judge({ from: { service: from }, to: { service: to }, protocol, port }).allowed,
      })),
    ),
  );
}

/** Milliseconds between two connections of one pair, on the average: statistics and scrapes keep their time, people do not. */
function pace({ protocol, port }: DemoPair): { readonly mean: number; readonly steady: boolean } {
  if (port === 9100 || port === 9102) return { mean: 15_000, steady: true };
  if (protocol === 'udp') return { mean: 5_000, steady: true };
  return { mean: 1_500, steady: false };
}

/**
 * What the demo's services do of themselves, as both nodes' records, in the order of time. The attacker's own stack is
 * not ordinary. `chance` is in [0, 1).
 */
export function* ordinaryTraffic(start: number, length: number, chance: () => number): Generator<FlowRecord> {
  const ordinary = demoPairs().filter(
    ({ from, to, allowed }) => allowed && from !== to && !`${from} ${to}`.includes(DEMO_STACKS[2]),
  );
  const people = [
    { to: 'voting/vote', port: 80 },
    { to: 'voting/result', port: 80 },
  ];
  const due: { at: number; next: () => number; records: (at: number) => readonly FlowRecord[] }[] = [
    ...ordinary.map((pair) => {
      const { mean, steady } = pace(pair);
      const { from, to, port, protocol } = pair;
      return {
        at: start + chance() * mean,
        next: () => (steady ? mean : -Math.log(1 - chance()) * mean),
        records: (at: number) => [
          flow(service(from), service(to), port, at, { protocol }),
          flow(service(from), service(to), port, at + 3, { protocol, node: 'node2', direction: 'ingress' }),
        ],
      };
    }),
    ...people.map(({ to, port }) => ({
      at: start,
      next: () => -Math.log(1 - chance()) * 1_000,
      records: (at: number) => [
        flow(world(`203.0.113.${Math.floor(chance() * 250)}`), service(to), port, at, {
          direction: 'ingress',
        }),
      ],
    })),
  ];
  for (;;) {
    const first = due.reduce((a, b) => (a.at <= b.at ? a : b));
    if (first.at >= start + length) return;
    yield* first.records(Math.round(first.at));
    first.at += first.next();
  }
}

/** A generator of chances that is the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
