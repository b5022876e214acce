import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCalculator } from '../../../rules/calculator.ts';
import { createEvaluator, type Evaluator, type EvaluatorInput } from '../../../rules/evaluator.ts';
import { judgeByNetworkPolicy, type Packet } from '../../../rules/kernel-semantics.ts';
import type { ClusterService, NetworkPolicy } from '../../../rules/network-policy.ts';
import { cluster, HIGHEST_PORT } from './policy-arbitrary.ts';

type Cluster = EvaluatorInput;

const network = { id: 'n', name: 'n', subnets: ['10.0.0.0/24'], encrypted: false, ingress: false };

function addressOf(index: number): string {
  return `10.0.0.${index + 2}`;
}

function calculate({ stacks, services, clusterPolicies = [], groups = [] }: Cluster) {
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
  return calculator;
}

const protocols = [
  ...(['tcp', 'udp'] as const).flatMap((protocol) =>
    Array.from({ length: HIGHEST_PORT + 4 }, (_, index) => ({ protocol, port: index + 1 })),
  ),
  { protocol: 'sctp' as const, port: 1 },
  { protocol: 'icmp' as const },
];

function evaluated(
  evaluator: Evaluator,
  from: string,
  to: string,
  asked: (typeof protocols)[number],
): string {
  const verdict = evaluator.judge({ from: { service: from }, to: { service: to }, ...asked });
  if (!verdict.allowed) return 'denied';
  return verdict.wouldDeny ? 'would-deny' : 'allowed';
}

/** Without a policy there is no program, so everything passes. */
function enforced(
  policy: NetworkPolicy | undefined,
  from: number,
  to: number,
  asked: (typeof protocols)[number],
) {
  const ends = { from: addressOf(from), to: addressOf(to) };
  const packet: Packet = asked.protocol === 'icmp' ? { ...ends, icmp: true } : { ...ends, ...asked };
  return policy ? judgeByNetworkPolicy(policy, packet) : 'allowed';
}

function verdicts(
  services: readonly ClusterService[],
  judge: (from: number, to: number, asked: (typeof protocols)[number]) => string,
) {
  return services.flatMap((_, from) =>
    services.flatMap((__, to) =>
      protocols.map(
        (asked) => `${from}→${to} ${asked.protocol} ${asked.port ?? ''}: ${judge(from, to, asked)}`,
      ),
    ),
  );
}

const keyOf = (services: readonly ClusterService[], index: number) => services[index]?.key ?? '';

describe('What a network’s policy makes a kernel do', () => {
  it('is what the evaluator says, for every pair and port', () => {
    fc.assert(
      fc.property(cluster, (given) => {
        const { services } = given;
        const policy = calculate(given).networks().get(network.id);
        const evaluator = createEvaluator(given);
        assert.deepEqual(
          verdicts(services, (from, to, asked) => enforced(policy, from, to, asked)),
          verdicts(services, (from, to, asked) =>
            evaluated(evaluator, keyOf(services, from), keyOf(services, to), asked),
          ),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('has no two entries of one pair and protocol that overlap', () => {
    fc.assert(
      fc.property(cluster, (generated) => {
        const allows = Object.values(calculate(generated).networks().get(network.id)?.allows ?? {});
        const taken = new Set<string>();
        for (const { from, to, protocol, port, endPort } of allows) {
          const last = Math.min(endPort ?? port ?? Infinity, HIGHEST_PORT + 4);
          for (let at = port ?? 1; at <= last; at += 1) {
            const entry = `${from} ${to} ${protocol} ${at}`;
            assert.ok(!taken.has(entry), entry);
            taken.add(entry);
          }
        }
      }),
    );
  });

  it('and what the calculator’s own evaluator says is what a fresh one says', () => {
    fc.assert(
      fc.property(cluster, (given) => {
        const { services } = given;
        const live = calculate(given).evaluator();
        const still = createEvaluator(given);
        for (const { key: from } of services)
          for (const { key: to } of services) {
            const question = {
              from: { service: from },
              to: { service: to },
              protocol: 'tcp',
              port: 1,
            } as const;
            assert.deepEqual(live.judge(question), still.judge(question));
          }
      }),
      { numRuns: 30 },
    );
  });
});
