import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCalculator } from '../../../rules/calculator.ts';
import { connectivityOf } from '../../../rules/connectivity.ts';
import {
  createEvaluator,
  type Evaluator,
  type EvaluatorInput,
  type Place,
} from '../../../rules/evaluator.ts';
import type { ClusterChange } from '../../../rules/network-policy.ts';
import { after, edits } from './cluster-edits-arbitrary.ts';
import { cluster, HIGHEST_PORT, SERVICES } from './policy-arbitrary.ts';
import { stories, tell } from './policy-history-arbitrary.ts';

const NOTHING: EvaluatorInput = { stacks: [], services: [] };
/** Outside of every network of the stories. */
const EXTERNALS = new Map([
  ['world', '203.0.113.1'],
  ['grouped', '198.51.100.1'],
  ['node', '192.0.2.1'],
]);
const PLACES: readonly Place[] = [
  ...SERVICES.map((service) => ({ service })),
  ...[...EXTERNALS.values()].map((address) => ({ address })),
];

/** Verdicts with all that they name, and what passes, of every pair. */
function answers(evaluator: Evaluator, port: number) {
  return PLACES.flatMap((from) =>
    PLACES.map((to) => ({
      ...{ from, to, passes: evaluator.rulesBetween(from, to) },
      verdict: evaluator.judge({ from, to, protocol: 'tcp', port }),
    })),
  );
}

/** What passes between those who are there, by what is told of each pair. */
function reached({ services }: EvaluatorInput, evaluator: Evaluator) {
  const places = new Map<string, Place>([
    ...services.map(({ key }) => [key, { service: key }] as const),
    ...[...EXTERNALS].map(([name, address]) => [name, { address }] as const),
  ]);
  return [...places].flatMap(([from, source]) =>
    [...places]
      .filter(([to]) => from !== to && !(EXTERNALS.has(from) && EXTERNALS.has(to)))
      .map(([to, destination]) => ({ from, to, ports: evaluator.rulesBetween(source, destination) }))
      .filter(({ ports }) => ports.length > 0),
  );
}

const toldAtOnce = ({ stacks, services, clusterPolicies = [], groups = [] }: EvaluatorInput) =>
  [
    ...stacks.map((stack) => ({ kind: 'stack', stack }) as const),
    ...services.map((service) => ({ kind: 'service', service }) as const),
    { kind: 'cluster-policies', policies: clusterPolicies },
    { kind: 'groups', groups },
  ] satisfies readonly ClusterChange[];

const port = fc.integer({ min: 1, max: HIGHEST_PORT });

describe('A cluster told as events', () => {
  it('gives the answers of the same cluster evaluated whole, after every batch in any order', () => {
    fc.assert(
      fc.property(stories, fc.infiniteStream(fc.nat(1000)), port, (all, choices, asked) => {
        const calculator = createCalculator();
        let now = NOTHING;
        tell(all, choices).forEach((batch, index, { length }) => {
          calculator.apply(batch);
          now = after(now, batch);
          if (index % 4 === 0 || index === length - 1)
            assert.deepEqual(answers(calculator.evaluator(), asked), answers(createEvaluator(now), asked));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('gives them after each change of one policy, label, namespace, workload or group', () => {
    fc.assert(
      fc.property(cluster, edits, port, (given, all, asked) => {
        const calculator = createCalculator();
        calculator.apply(toldAtOnce(given));
        let now: EvaluatorInput = given;
        for (const edit of all) {
          const changes = edit(now);
          calculator.apply(changes);
          now = after(now, changes);
          assert.deepEqual(answers(calculator.evaluator(), asked), answers(createEvaluator(now), asked));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is connected as the same cluster is', () => {
    fc.assert(
      fc.property(cluster, edits, (given, all) => {
        const calculator = createCalculator();
        calculator.apply(toldAtOnce(given));
        let now: EvaluatorInput = given;
        for (const edit of all) {
          const changes = edit(now);
          calculator.apply(changes);
          now = after(now, changes);
        }
        assert.deepEqual(
          [...connectivityOf({ ...now, externals: EXTERNALS })],
          reached(now, calculator.evaluator()),
        );
      }),
      { numRuns: 60 },
    );
  });
});
