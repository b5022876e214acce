import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createNumbering } from '../../../rules/numbering.ts';
import { createOverlay, emptyOverlay } from '../../../rules/overlay/overlay.ts';
import { asObserved, plan, planChange, removeAll } from '../../../rules/plan.ts';
import type { Program } from '../../../rules/nftables/program.ts';
import { render } from '../../../rules/step.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';
import { networkPolicy } from '../../support/policy-arbitrary.ts';

const ports = [{ port: 'veth3', mac: '02:42:0A:00:00:02', addresses: ['10.0.0.2'] }];
const programs = networkPolicy.map((policy) =>
  createOverlay({ policy, numbering: createNumbering(), guard: ports }).program(),
);

describe('plan', () => {
  it('is empty when the kernel holds what is desired', () => {
    fc.assert(
      fc.property(programs, (desired) => {
        assert.deepEqual(plan(desired, desired.map(asObserved)), []);
      }),
    );
  });

  it('reaches what is desired from anything of ours', () => {
    fc.assert(
      fc.property(
        programs,
        programs,
        fc.constantFrom('same', 'other version', 'none'),
        (from, to, version) => {
          const kernel = new FakeKernel();
          if (version !== 'none') apply(kernel, from);
          const observed = kernel
            .observe()
            .map((program) => (version === 'same' ? program : { ...program, version: '' }));
          plan(to, observed).forEach((step) => {
            kernel.apply(step);
          });
          assert.deepEqual(plan(to, kernel.observe()), []);
        },
      ),
    );
  });

  it('changes only elements when the version is there, all in one transaction', () => {
    const desired = createOverlay({
      policy: policyOf(),
      numbering: createNumbering(),
      guard: ports,
    }).program();
    const steps = plan(desired, emptyOverlay().map(asObserved));
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['update-elements'],
    );
  });

  it('loads whole a table with a chain of another policy', () => {
    const [inet] = emptyOverlay() as readonly [Program];
    const held = asObserved(inet);
    const chains = held.objects.chains.map((chain) =>
      chain.hooked ? { ...chain, policy: 'accept' } : chain,
    );
    const steps = plan([inet], [{ ...held, objects: { ...held.objects, chains } }]);
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['load-table'],
    );
  });

  it('loads whole what is missing', () => {
    const [inet] = emptyOverlay() as readonly [Program];
    assert.deepEqual(plan([inet], []), [{ kind: 'load-table', program: inet }]);
  });

  it('keeps what another version declared alike, and deletes the rest afterwards', () => {
    const [inet] = emptyOverlay() as readonly [Program];
    const { objects, ...seen } = asObserved(inet);
    const other = {
      ...seen,
      version: 'other',
      objects: {
        chains: [...objects.chains, { name: 'gone', hooked: false }],
        sets: objects.sets.map((set) => (set.name === 'ids' ? { ...set, declaration: 'other' } : set)),
        counters: [...objects.counters, 'lost'],
      },
    };
    const texts = plan([inet], [other]).map((step) => render(step).input ?? '');
    assert.equal(texts.length, 2);
    assert.deepEqual(texts[0]?.match(/^delete .*/gm), ['delete map inet swarmwall ids']);
    assert.deepEqual(texts[1]?.match(/^delete .*/gm), [
      'delete chain inet swarmwall gone',
      'delete counter inet swarmwall lost',
    ]);
  });

  it('forgets the flows of an address after its rules', () => {
    const overlay = createOverlay({ policy: policyOf(), numbering: createNumbering(), guard: [] });
    const steps = planChange(overlay.update({ network: 'n', endpoints: { '10.0.0.2': null } }));
    assert.deepEqual(
      steps.map((step) => render(step)).map(({ tool, args }) => [tool, ...args].join(' ')),
      ['nft -f -', 'conntrack -D -s 10.0.0.2', 'conntrack -D -d 10.0.0.2'],
    );
  });

  it('does nothing for an event that changes nothing', () => {
    const overlay = createOverlay({ policy: policyOf(), numbering: createNumbering(), guard: ports });
    assert.deepEqual(planChange(overlay.update({ network: 'n', whole: policyOf() })), []);
    assert.deepEqual(planChange(overlay.setPorts(ports)), []);
  });

  it('takes one element of each set of addresses for one endpoint', () => {
    const overlay = createOverlay({ policy: policyOf(), numbering: createNumbering(), guard: ports });
    const [step] = planChange(
      overlay.update({ network: 'n', endpoints: { '10.0.0.9': { kind: 'service', service: 's/a' } } }),
    );
    assert.ok(step);
    assert.equal(
      render(step).input,
      'add element inet swarmwall ids { 10.0.0.9 : 1 }\n' +
        'add element inet swarmwall ends { 10.0.0.9 . 10.0.0.9 }\n',
    );
  });

  it('removes both tables', () => {
    assert.deepEqual(removeAll(emptyOverlay()), [
      { kind: 'delete-table', family: 'inet', table: 'swarmwall' },
      { kind: 'delete-table', family: 'bridge', table: 'swarmwall' },
    ]);
  });
});

function policyOf() {
  return {
    network: { id: 'n', name: 'n', subnets: [], encrypted: false, ingress: false },
    endpoints: { '10.0.0.2': { kind: 'service', service: 's/a' } },
    services: { 's/a': { ingress: 'isolated', egress: 'open' } },
    allows: {},
  } as const;
}

function apply(kernel: FakeKernel, desired: readonly Program[]): void {
  plan(desired, []).forEach((step) => {
    kernel.apply(step);
  });
}
