import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReach, planSegments, type PolicyModel } from '../../../compose-ext/index.ts';
import { createEvaluator, type Evaluator } from '../../../rules/evaluator.ts';
import type { ClusterService, StackSettings } from '../../../rules/network-policy.ts';
import { ownCluster, SERVICES } from './policy-arbitrary.ts';
import { at } from './policy-cluster.ts';

type Cluster = { readonly stacks: readonly StackSettings[]; readonly services: readonly ClusterService[] };

/** What files of these stacks would say: each policy on the one service that it is attached to. */
function modelOf({ stacks, services }: Cluster): PolicyModel {
  return {
    stacks: stacks.map((settings) => {
      const own = services.filter(({ stack }) => stack === settings.name);
      return {
        ...settings,
        // As files are read: what is not annotated allows.
        ...(!settings.annotated && { defaults: { ingress: 'allow', egress: 'allow' } as const }),
        encrypted: true,
        isolation: 'strict' as const,
        origin: at(1),
        services: own.map(({ stack, name, labels, ports }) => ({
          stack,
          name,
          labels,
          ports,
          origin: at(1),
        })),
        policies: own.flatMap(({ name, policies }) =>
          policies.map((policy) => ({ ...policy, target: { kind: 'service' as const, service: name } })),
        ),
      };
    }),
  };
}

function talk(evaluator: Evaluator, from: string, to: string): boolean {
  return evaluator.rulesBetween({ service: from }, { service: to }).length > 0;
}

describe('segments and the evaluator', () => {
  it('agree on which services may talk', () => {
    fc.assert(
      fc.property(ownCluster, (given) => {
        const reach = createReach(modelOf(given));
        const evaluator = createEvaluator(given);
        for (const from of SERVICES)
          for (const to of SERVICES)
            assert.equal(reach.mayTalk(from, to), talk(evaluator, from, to), `${from} → ${to}`);
      }),
    );
  });

  it('strict: two services of a stack share a network exactly if the evaluator lets one reach the other', () => {
    fc.assert(
      fc.property(ownCluster, (given) => {
        const evaluator = createEvaluator(given);
        for (const stack of given.stacks.filter(({ annotated }) => annotated)) {
          const { segments } = planSegments(modelOf(given), stack.name, { isolation: 'strict' });
          const own = SERVICES.filter((key) => key.startsWith(`${stack.name}/`));
          for (const [index, one] of own.entries())
            for (const other of own.slice(index + 1)) {
              const share = segments.some(({ members }) => members.includes(one) && members.includes(other));
              const may = talk(evaluator, one, other) || talk(evaluator, other, one);
              assert.equal(share, may, `${one} and ${other}`);
            }
        }
      }),
    );
  });
});
