import assert from 'node:assert/strict';
import type { Policy, StackModel } from '../../../compose-ext/policy-model.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { at, policy, selector, stack } from './policy-cluster.ts';

function model(name: string, policies: readonly Policy[]): StackModel {
  const services = ['web', 'db'].map((own) => ({
    stack: name,
    name: own,
    labels: { app: own },
    ports: [],
    origin: at(3),
  }));
  return { ...stack(name), encrypted: true, isolation: 'strict', services, policies, origin: at(1) };
}

function policiesBy(stacks: readonly StackModel[]) {
  const { services } = clusterFromModel({ stacks });
  return Object.fromEntries(services.map(({ key, policies }) => [key, policies.map(({ name }) => name)]));
}

describe('The cluster of a model', () => {
  it('has each policy on every service that it selects, of its own stack', () => {
    const policies = [
      policy('s', { name: 'by name', on: 'web' }),
      policy('s', { name: 'by label', on: selector({ app: 'db' }) }),
      policy('s', { name: 'all', on: selector({}) }),
      policy('s', { name: 'none', on: selector({ app: 'nosuch' }) }),
    ];
    assert.deepEqual(policiesBy([model('s', policies), model('t', [])]), {
      's/web': ['by name', 'all'],
      's/db': ['by label', 'all'],
      't/web': [],
      't/db': [],
    });
  });

  it('has the stacks’ settings, with the place where they are written', () => {
    assert.deepEqual(clusterFromModel({ stacks: [model('s', [])] }).stacks, [
      { ...stack('s'), origin: at(1) },
    ]);
  });
});
