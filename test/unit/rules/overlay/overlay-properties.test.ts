import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeByNetworkPolicy } from '../../../../rules/kernel-semantics.ts';
import {
  type Allow,
  allowKey,
  type NetworkDelta,
  type NetworkPolicy,
} from '../../../../rules/network-policy.ts';
import { createNumbering } from '../../../../rules/numbering.ts';
import { isIp6 } from '../../../../rules/overlay/local-ports.ts';
import { createOverlay } from '../../../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../../../rules/plan.ts';
import { FakeKernel, reverse, type Tuple } from '../../../support/fake-kernel.ts';
import { networkPolicy, PROBES } from '../../../support/policy-arbitrary.ts';

const PORTED = new Set(['tcp', 'udp', 'sctp']);

describe('overlay program, walked packet by packet', () => {
  it('judges as the network policy says, replies included', () => {
    fc.assert(
      fc.property(networkPolicy, (policy) => {
        const kernel = loaded(policy);
        assert.deepEqual(verdicts(kernel), expected(policy));
      }),
      { numRuns: 60 },
    );
  });

  it('judges the same after changes as when loaded whole, and touches nothing that stays', () => {
    fc.assert(
      fc.property(networkPolicy, networkPolicy, (before, after) => {
        const overlay = create(before);
        const kernel = new FakeKernel();
        plan(overlay.program(), []).forEach((step) => {
          kernel.apply(step);
        });
        planChange(overlay.update(difference(before, after))).forEach((step) => {
          kernel.apply(step);
        });
        assert.deepEqual(plan(overlay.program(), kernel.observe()), []);
        assert.deepEqual(verdicts(kernel), expected(after));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps an entry that is only written otherwise', () => {
    const forms: readonly (readonly Partial<Allow>[])[] = [
      [{ port: 80, endPort: 80 }, { port: 80 }],
      [{ port: 0, endPort: 65535 }, {}],
    ];
    for (const [one = {}, other = {}] of [...forms, ...forms.map((pair) => pair.toReversed())]) {
      const [before, after] = [allowing(one), allowing(other)];
      const overlay = create(before);
      overlay.update(difference(before, after));
      assert.deepEqual(overlay.program(), create(after).program());
    }
  });

  it('cuts the established flows that are no longer allowed, in both directions, and no others, whoever speaks first', () => {
    fc.assert(
      fc.property(networkPolicy, networkPolicy, (before, after) => {
        const overlay = create(before);
        const kernel = new FakeKernel();
        plan(overlay.program(), []).forEach((step) => {
          kernel.apply(step);
        });
        const open = tuples().filter((tuple) => kernel.send(tuple) && kernel.send(reverse(tuple)));
        // Endpoints stay: who keeps an address keeps its connections.
        const next = { ...after, endpoints: before.endpoints };
        planChange(overlay.update({ network: 'n', whole: next })).forEach((step) => {
          kernel.apply(step);
        });
        for (const tuple of open) {
          const passes = judge(next, tuple) !== 'denied';
          // Of what has no ports an answer waits for its asker.
          if (!passes || PORTED.has(tuple.protocol))
            assert.equal(kernel.send(reverse(tuple)), passes, `reply of ${JSON.stringify(tuple)}`);
          assert.equal(kernel.send(tuple), passes, JSON.stringify(tuple));
          assert.equal(kernel.send(reverse(tuple)), passes, `then reply of ${JSON.stringify(tuple)}`);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function allowing(ports: Partial<Allow>): NetworkPolicy {
  const allow: Allow = { from: 's/a', to: 's/b', protocol: 'tcp', ...ports };
  const network = { id: 'n', name: 'n', subnets: [], encrypted: false, ingress: false };
  return { network, endpoints: {}, services: {}, allows: { [allowKey(allow)]: allow } };
}

function create(policy: NetworkPolicy) {
  return createOverlay({ policy, numbering: createNumbering(), guard: [] });
}

function loaded(policy: NetworkPolicy): FakeKernel {
  const kernel = new FakeKernel();
  plan(create(policy).program(), []).forEach((step) => {
    kernel.apply(step);
  });
  return kernel;
}

function tuples(): Tuple[] {
  const pairs = PROBES.addresses.flatMap((from) =>
    PROBES.addresses
      .filter((to) => to !== from && isIp6(to) === isIp6(from))
      .map((to) => ({ from, to, sourcePort: 40000 })),
  );
  return pairs.flatMap((pair) => [
    ...PROBES.protocols.flatMap((protocol) => PROBES.ports.map((port) => ({ ...pair, protocol, port }))),
    { ...pair, protocol: 'icmp' as const, port: 0 },
  ]);
}

function judge(policy: NetworkPolicy, { from, to, protocol, port }: Tuple) {
  if (protocol === 'gre') return 'denied';
  return judgeByNetworkPolicy(
    policy,
    protocol === 'icmp' ? { from, to, icmp: true } : { from, to, protocol, port },
  );
}

function expected(policy: NetworkPolicy): readonly string[] {
  return tuples().map((tuple) => `${JSON.stringify(tuple)} ${judge(policy, tuple)}`);
}

function verdicts(kernel: FakeKernel): readonly string[] {
  return tuples().map((tuple) => {
    const would = count(kernel);
    const passes = kernel.send(tuple);
    if (passes) assert.ok(kernel.send(reverse(tuple)), `reply of ${JSON.stringify(tuple)}`);
    const verdict = !passes ? 'denied' : count(kernel) > would ? 'would-deny' : 'allowed';
    return `${JSON.stringify(tuple)} ${verdict}`;
  });
}

function count(kernel: FakeKernel): number {
  return kernel.counter('would_denied');
}

function difference(before: NetworkPolicy, after: NetworkPolicy): NetworkDelta {
  return {
    network: 'n',
    endpoints: changed(before.endpoints, after.endpoints),
    services: changed(before.services, after.services),
    allows: changed(before.allows, after.allows),
  };
}

function changed<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>) {
  const gone = Object.keys(before).filter((key) => !(key in after));
  const moved = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value),
  );
  return Object.fromEntries<T | null>([...gone.map((key) => [key, null] as const), ...moved]);
}
