import assert from 'node:assert/strict';
import type { ClusterPolicy, Policy } from '../../../compose-ext/policy-model.ts';
import { createCalculator } from '../../../rules/calculator.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { connectivityOf } from '../../../rules/connectivity.ts';
import { explain } from '../../../rules/explain/explain.ts';
import { outsidePlaces } from '../../../rules/outside-places.ts';
import type { ClusterService, StackSettings } from '../../../rules/network-policy.ts';
import { METADATA_ADDRESSES } from '../../../rules/metadata.ts';
import { at, policy, rule, service, stack, tcp } from './policy-cluster.ts';

const api = { kind: 'name', name: 'api.example.com' } as const;
const below = { kind: 'name', name: '*.example.org' } as const;

interface Given {
  readonly policies: readonly Policy[];
  readonly settings?: Partial<StackSettings>;
  readonly admin?: ClusterPolicy;
  readonly more?: Partial<ClusterService>;
}

function namesOf({ policies, settings = {}, admin, more = {} }: Given) {
  const calculator = createCalculator();
  calculator.apply([
    { kind: 'stack', stack: stack('s', settings) },
    { kind: 'service', service: { ...service('s/web', {}, policies), ...more } },
    { kind: 'cluster-policies', policies: admin ? [admin] : [] },
  ]);
  return calculator.edge('s/web')?.names;
}

function adminPolicy(egress: ClusterPolicy['egress']): ClusterPolicy {
  return { name: 'no', tier: 'admin', priority: 0, subject: {}, ingress: [], egress, origin: at(1) };
}

describe('Names that a service may reach', () => {
  const out = policy('s', { egress: [rule([api, below], [tcp(443)]), rule([api])] });

  it('are told with their ports, in an order of their own', () => {
    assert.deepEqual(namesOf({ policies: [out] }), {
      rules: [
        { name: '*.example.org', protocol: 'tcp', port: 443 },
        { name: 'api.example.com', protocol: 'any' },
        { name: 'api.example.com', protocol: 'tcp', port: 443 },
      ],
    });
  });

  it('are none where nothing names one, or where everything may be reached', () => {
    assert.equal(namesOf({ policies: [policy('s', { egress: [rule([{ kind: 'world' }])] })] }), undefined);
    const open = policy('s', { ingress: [rule([api])] });
    assert.equal(namesOf({ policies: [open] }), undefined);
  });

  it('come with the stack and the service have to say of DNS', () => {
    const names = namesOf({
      policies: [out],
      settings: { dns: 'strict' },
      more: { resolvers: ['192.0.2.53'] },
    });
    assert.equal(names?.strict, true);
    assert.deepEqual(names?.resolvers, ['192.0.2.53']);
  });

  it('come with what administrators leave to them', () => {
    const block = { kind: 'ipBlock', cidr: '10.0.0.0/8', except: [] } as const;
    const metadata = METADATA_ADDRESSES.filter((address) => !address.includes(':')).sort();
    const deny = { action: 'deny', peers: [block], ports: [], origin: at(1) } as const;
    assert.deepEqual(namesOf({ policies: [out], admin: adminPolicy([deny]) })?.within, [
      { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', ...metadata], protocol: 'any' },
    ]);
    const allow = { ...deny, action: 'allow' } as const;
    assert.deepEqual(namesOf({ policies: [out], admin: adminPolicy([allow]) })?.within?.[0]?.protocol, 'any');
  });
});

describe('A question about a DNS name', () => {
  const input = {
    stacks: [stack('s')],
    services: [
      service('s/web', {}, [policy('s', { egress: [rule([api, below], [tcp(443)])] })]),
      service('s/far', {}, [policy('s', { egress: [rule([{ kind: 'world' }], [tcp(80)])] })]),
      service('s/shut', {}, [policy('s', { egress: [] })]),
    ],
  };
  const ask = (from: string, dnsName: string, port: number) =>
    createEvaluator(input).judge({ from: { service: from }, to: { dnsName }, protocol: 'tcp', port }).allowed;

  it('is answered by the names that rules list, and by the world', () => {
    assert.ok(ask('s/web', 'api.example.com', 443));
    assert.ok(ask('s/web', 'a.b.example.org', 443));
    assert.ok(ask('s/far', 'api.example.com', 80));
    assert.ok(!ask('s/web', 'api.example.com', 80));
    assert.ok(!ask('s/web', 'example.org', 443));
    assert.ok(!ask('s/shut', 'api.example.com', 443));
  });

  it('never lets an address pass: which it has is known on the nodes', () => {
    const verdict = createEvaluator(input).judge({
      from: { service: 's/web' },
      to: { address: '203.0.113.7' },
      protocol: 'tcp',
      port: 443,
    });
    assert.equal(verdict.allowed, false);
  });

  it('shows names among the places outside, as destinations only', () => {
    const externals = outsidePlaces(input);
    assert.ok(externals.has('*.example.org') && externals.has('api.example.com'));
    const rows = [...connectivityOf({ ...input, externals })];
    assert.deepEqual(
      rows.filter(({ to }) => to === '*.example.org').map(({ from }) => from),
      ['s/far', 's/web'].toSorted((a, b) => a.length - b.length || (a < b ? 1 : -1)),
    );
    assert.ok(rows.every(({ from }) => !from.includes('example')));
  });

  it('is explained, with an entry that would turn it', () => {
    const asked = {
      from: { service: 's/shut' },
      to: { dnsName: 'api.example.com' },
      protocol: 'tcp',
      port: 443,
    } as const;
    const { flip } = explain(input, asked);
    assert.deepEqual(flip?.edits[0]?.kind === 'add-entry' && flip.edits[0].peer, api);
    const allowed = explain(input, { ...asked, from: { service: 's/web' } });
    assert.equal(allowed.egress.rules[0]?.peers[0]?.why, 'api.example.com is the name');
    const address = explain(input, { ...asked, from: { service: 's/web' }, to: { address: '203.0.113.7' } });
    assert.match(address.egress.rules[0]?.peers[0]?.why ?? '', /while DNS gives it for api\.example\.com/);
  });
});
