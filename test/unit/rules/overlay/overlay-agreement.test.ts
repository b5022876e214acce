import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCalculator } from '../../../../rules/calculator.ts';
import { createEvaluator, type Question } from '../../../../rules/evaluator.ts';
import { logGroup } from '../../../../rules/flows/log-groups.ts';
import { createNumbering } from '../../../../rules/numbering.ts';
import { createOverlay } from '../../../../rules/overlay/overlay.ts';
import { plan } from '../../../../rules/plan.ts';
import { FakeKernel, reverse } from '../../../support/fake-kernel.ts';
import { cluster, HIGHEST_PORT } from '../policy-arbitrary.ts';

const network = { id: 'n', name: 'n', subnets: ['10.0.0.0/24'], encrypted: false, ingress: false };
const asked: readonly Pick<Question, 'protocol' | 'port'>[] = [
  ...(['tcp', 'udp'] as const).flatMap((protocol) =>
    Array.from({ length: HIGHEST_PORT + 1 }, (_, index) => ({ protocol, port: index + 1 })),
  ),
  { protocol: 'icmp' },
];

describe('policies, all the way to packets', () => {
  it('lets pass, counts in audit and tells the log just what the evaluator says', () => {
    fc.assert(
      fc.property(cluster, (given) => {
        const { stacks, services, clusterPolicies, groups } = given;
        const addressOf = (index: number) => `10.0.0.${index + 2}`;
        const calculator = createCalculator();
        calculator.apply([
          { kind: 'network', network },
          { kind: 'cluster-policies', policies: clusterPolicies },
          { kind: 'groups', groups },
          ...stacks.map((stack) => ({ kind: 'stack' as const, stack })),
          ...services.map((service) => ({ kind: 'service' as const, service })),
          ...services.map(({ key }, index) => ({
            kind: 'endpoint' as const,
            endpoint: {
              network: network.id,
              address: addressOf(index),
              owner: { kind: 'service' as const, service: key },
            },
          })),
        ]);
        const policy = calculator.networks().get(network.id);
        // No policy: nothing is guarded, so there is no program.
        if (!policy) return;
        const kernel = new FakeKernel();
        const overlay = createOverlay({ policy, numbering: createNumbering(), guard: [] });
        plan(overlay.program(), []).forEach((step) => {
          kernel.apply(step);
        });
        const evaluator = createEvaluator(given);
        for (const [from, source] of services.entries())
          for (const [to, destination] of services.entries())
            for (const { protocol, port } of asked) {
              if (from === to) continue;
              const verdict = evaluator.judge({
                from: { service: source.key },
                to: { service: destination.key },
                protocol,
                ...(port === undefined ? {} : { port }),
              });
              const tuple = {
                from: addressOf(from),
                to: addressOf(to),
                protocol,
                port: port ?? 0,
                sourcePort: 40000,
              };
              const counted = kernel.counter('would_denied');
              const what = `${source.key} → ${destination.key} ${protocol} ${port ?? ''}`;
              assert.equal(kernel.send(tuple), verdict.allowed, what);
              assert.equal(kernel.counter('would_denied') > counted, verdict.wouldDeny, `${what} would deny`);
              const said = verdict.wouldDeny ? 'would-deny' : verdict.allowed ? 'allowed' : 'denied';
              assert.deepEqual(kernel.takeLogged(), [logGroup(said)], `${what} is told`);
              if (verdict.allowed) assert.ok(kernel.send(reverse(tuple)), `${what} reply`);
              assert.deepEqual(kernel.takeLogged(), [], `${what} reply is not told`);
            }
      }),
      { numRuns: 100 },
    );
  });
});
