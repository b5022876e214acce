import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createEvaluator, type Place, type Question } from '../../../../rules/evaluator.ts';
import { applyEdits } from '../../../../rules/explain/policy-edit.ts';
import type { SideWalk } from '../../../../rules/explain/walk-side.ts';
import { explain } from '../../../../rules/explain/explain.ts';
import { cluster as anyCluster, HIGHEST_PORT, SERVICES } from '../policy-arbitrary.ts';

const OUTSIDE = ['198.51.100.1', '198.51.100.9', '203.0.113.1'];
const ends: readonly Place[] = [
  ...SERVICES.map((service) => ({ service })),
  ...OUTSIDE.map((address) => ({ address })),
];
const PROTOCOLS = ['tcp', 'udp'] as const;
const PORTS = Array.from({ length: HIGHEST_PORT + 1 }, (_, at) => at + 1);

/** As files are: a policy's name is its own in its stack, and what has a policy is annotated. */
const tiered = anyCluster.map(({ stacks, services, ...rest }) => ({
  ...rest,
  stacks: stacks.map((stack) => {
    const bears = services.some((service) => service.stack === stack.name && service.policies.length > 0);
    return stack.annotated || bears
      ? { ...stack, annotated: true }
      : { ...stack, defaults: { ingress: 'allow', egress: 'allow' } as const };
  }),
  services: services.map((service) => ({
    ...service,
    policies: service.policies.map((policy, at) => ({ ...policy, name: `${service.name}-${at}` })),
  })),
}));

const cluster = tiered.map((given) => ({ ...given, clusterPolicies: [], groups: [] }));

const question: fc.Arbitrary<Question> = fc
  .record({
    from: fc.constantFrom(...ends),
    to: fc.constantFrom(...ends),
    protocol: fc.constantFrom('tcp', 'udp', 'icmp'),
    port: fc.integer({ min: 1, max: HIGHEST_PORT }),
  })
  .map(({ port, ...rest }) => ({ ...rest, ...(rest.protocol !== 'icmp' && { port }) }));

function isService(place: Place): boolean {
  return 'service' in place;
}

/** Every question of the small universe. */
function* questions(): Generator<Question> {
  for (const from of ends)
    for (const to of ends) {
      yield { from, to, protocol: 'icmp' };
      for (const protocol of PROTOCOLS) for (const port of PORTS) yield { from, to, protocol, port };
    }
}

const same = (a: Question, b: Question) => JSON.stringify(a) === JSON.stringify(b);
const samePair = (a: Question, b: Question) =>
  JSON.stringify([a.from, a.to]) === JSON.stringify([b.from, b.to]);

describe('the change that explain proposes', () => {
  it('flips the verdict, and there is one wherever a service is an end', () => {
    fc.assert(
      fc.property(cluster, question, (given, asked) => {
        const { verdict, flip } = explain(given, asked);
        if (!flip) return assert.ok(!isService(asked.from) && !isService(asked.to));
        const after = createEvaluator(applyEdits(given, flip.edits)).judge(asked);
        assert.notEqual(after.allowed, verdict.allowed);
      }),
      { numRuns: 300 },
    );
  });

  it('flips it below and among tiers, too, by what the service may change itself wherever that is enough', () => {
    fc.assert(
      fc.property(tiered, question, (given, asked) => {
        const { verdict, flip, ...walks } = explain(given, asked);
        if (!flip) return assert.ok(!isService(asked.from) && !isService(asked.to));
        const after = createEvaluator(applyEdits(given, flip.edits)).judge(asked);
        assert.notEqual(after.allowed, verdict.allowed);
        const sides = [
          ...(isService(asked.to) ? [walks.ingress] : []),
          ...(isService(asked.from) ? [walks.egress] : []),
        ];
        const byAdmin = ({ tier }: SideWalk) => tier === 'admin';
        // An administrator's audit lets his own Deny pass: then the mode is what decides.
        const audited = given.services.some(
          ({ key, administered }) =>
            administered === 'audit' &&
            [asked.from, asked.to].some((end) => 'service' in end && end.service === key),
        );
        if (audited && sides.some((side) => byAdmin(side) && side.outcome === 'denied')) return;
        const expected = verdict.allowed
          ? sides.every(byAdmin)
          : sides.filter(({ outcome }) => outcome === 'denied').some(byAdmin);
        assert.equal(
          flip.edits.some(({ kind }) => kind === 'add-cluster-rule'),
          expected,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('opens exactly what was asked for, and nothing else', () => {
    fc.assert(
      fc.property(cluster, question, (given, asked) => {
        const { verdict, flip } = explain(given, asked);
        fc.pre(!verdict.allowed && flip !== undefined);
        const before = createEvaluator(given);
        const after = createEvaluator(applyEdits(given, flip?.edits ?? []));
        for (const other of questions()) {
          if (asked.protocol === 'icmp' ? samePair(other, asked) : same(other, asked)) continue;
          const text = JSON.stringify(other);
          assert.equal(after.judge(other).allowed, before.judge(other).allowed, text);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('only closes when it closes, and names every pair of services that it changes', () => {
    fc.assert(
      fc.property(cluster, question, (given, asked) => {
        const { verdict, flip } = explain(given, asked);
        fc.pre(verdict.allowed && flip !== undefined);
        const before = createEvaluator(given);
        const after = createEvaluator(applyEdits(given, flip?.edits ?? []));
        for (const other of questions())
          assert.ok(before.judge(other).allowed || !after.judge(other).allowed, JSON.stringify(other));
        const named = new Set(flip?.pairs?.map(({ from, to }) => `${from} ${to}`));
        for (const from of SERVICES)
          for (const to of SERVICES) {
            const spans = [before, after].map((each) =>
              JSON.stringify(each.rulesBetween({ service: from }, { service: to })),
            );
            assert.equal(named.has(`${from} ${to}`), spans[0] !== spans[1], `${from} → ${to}`);
          }
      }),
      { numRuns: 60 },
    );
  });

  it('walks through the tiers as the evaluator does: the first step that admits decides', () => {
    fc.assert(
      fc.property(tiered, question, (given, asked) => {
        const { verdict, ...walks } = explain(given, asked);
        for (const { outcome, tier, tiers, deniedBy, direction } of [walks.ingress, walks.egress]) {
          const first = (steps: (typeof tiers)['admin']) => steps.find(({ admits, late }) => admits && !late);
          const above = first(tiers.admin);
          const deciding = above && above.action !== 'pass' ? above : first(tiers.baseline);
          assert.equal(tier !== undefined, deciding !== undefined);
          assert.deepEqual(deniedBy, deciding?.action === 'deny' ? deciding.rule : undefined);
          if (deciding) assert.equal(outcome, deciding.action === 'deny' ? 'denied' : 'allowed');
          assert.equal(outcome, verdict[direction].outcome);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the walk to the evaluator: a side allows exactly if a step admits', () => {
    fc.assert(
      fc.property(cluster, question, (given, asked) => {
        const { verdict, ...walks } = explain(given, asked);
        for (const direction of ['ingress', 'egress'] as const) {
          const { rules, outcome } = walks[direction];
          assert.equal(outcome, verdict[direction].outcome);
          if (outcome === 'not-isolated') continue;
          assert.equal(
            rules.some(({ admits }) => admits),
            outcome === 'allowed',
          );
          for (const { peers, peerHolds, ports, portHolds } of rules) {
            if (peers.length > 0)
              assert.equal(
                peers.some(({ holds }) => holds),
                peerHolds,
              );
            if (ports.length > 0)
              assert.equal(
                ports.some(({ holds }) => holds),
                portHolds,
              );
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
