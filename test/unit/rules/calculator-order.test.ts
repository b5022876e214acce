import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Calculator, createCalculator } from '../../../rules/calculator.ts';
import type { ClusterChange, NetworkPolicy } from '../../../rules/network-policy.ts';
import { applyNetworkDelta, NetworkPolicyStore } from '../../../rules/network-policy-store.ts';
import { endings, stories, tell, undoing } from './policy-history-arbitrary.ts';

const mix = fc.infiniteStream(fc.nat(1000));

function stateOf(calculator: Calculator) {
  return {
    networks: calculator.networks(),
    edges: calculator.edges(),
    nodeAddresses: calculator.nodeAddresses(),
  };
}

function calculate(batches: readonly (readonly ClusterChange[])[]): Calculator {
  const calculator = createCalculator();
  for (const batch of batches) calculator.apply(batch);
  return calculator;
}

describe('The calculator', () => {
  it('ends in the same state whatever the order and the batches of events', () => {
    fc.assert(
      fc.property(stories, mix, (all, choices) => {
        const told = calculate(tell(all, choices));
        const once = calculate([endings(all)]);
        assert.deepEqual(stateOf(told), stateOf(once));
        assert.equal(told.size(), once.size());
      }),
      { numRuns: 300 },
    );
  });

  it('tells deltas that come to its own state, in a store and one by one', () => {
    fc.assert(
      fc.property(stories, mix, (all, choices) => {
        const calculator = createCalculator();
        const store = new NetworkPolicyStore();
        const folded = new Map<string, NetworkPolicy>();
        for (const batch of tell(all, choices)) {
          // Over the wire, as agents get it.
          for (const delta of JSON.parse(JSON.stringify(calculator.apply(batch).networks))) {
            store.apply(delta);
            const policy = applyNetworkDelta(folded.get(delta.network), delta);
            if (policy) folded.set(delta.network, policy);
            else folded.delete(delta.network);
          }
          assert.deepEqual(store.snapshot(), calculator.networks());
        }
        assert.deepEqual(folded, calculator.networks());
      }),
      { numRuns: 100 },
    );
  });

  it('says nothing when told again what it knows', () => {
    fc.assert(
      fc.property(stories, (all) => {
        const calculator = calculate([endings(all)]);
        assert.deepEqual(calculator.apply(structuredClone(endings(all))), { networks: [], edges: {} });
      }),
      { numRuns: 50 },
    );
  });

  it('tells only what differs: no delta repeats what was told', () => {
    fc.assert(
      fc.property(stories, mix, (all, choices) => {
        const calculator = createCalculator();
        for (const batch of tell(all, choices)) {
          const before = calculator.networks();
          for (const { network, endpoints, services, allows } of calculator.apply(batch).networks)
            for (const part of ['endpoints', 'services', 'allows'] as const)
              for (const [key, value] of Object.entries({ endpoints, services, allows }[part] ?? {}))
                assert.notDeepEqual(before.get(network)?.[part][key] ?? null, value);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps nothing when everything is removed, in whatever order', () => {
    fc.assert(
      fc.property(stories, mix, (all, choices) => {
        const calculator = calculate([...tell(all, choices), ...tell(undoing(all), choices)]);
        assert.equal(calculator.size(), 0);
        assert.deepEqual(stateOf(calculator), { networks: new Map(), edges: new Map(), nodeAddresses: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('has snapshots that stay as they were', () => {
    fc.assert(
      fc.property(stories, mix, (all, choices) => {
        const calculator = createCalculator();
        let [before, copy] = [calculator.networks(), calculator.networks()];
        for (const batch of tell(all, choices)) {
          calculator.apply(batch);
          assert.deepEqual(before, copy);
          before = calculator.networks();
          copy = structuredClone(before) as typeof before;
        }
      }),
      { numRuns: 50 },
    );
  });
});
