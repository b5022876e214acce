import assert from 'node:assert/strict';
import type { Peer, Policy, PortMatch } from '../../../compose-ext/policy-model.ts';
import { createCalculator } from '../../../rules/calculator.ts';
import type { ClusterChange, EndpointOwner, StackSettings } from '../../../rules/network-policy.ts';
import { peer, policy, rule, selector, service, stack, tcp, udp } from './policy-cluster.ts';

const network = { id: 'n', name: 'net', subnets: ['10.0.0.0/24'], encrypted: true, ingress: false };
const allowingBoth = { defaults: { ingress: 'allow', egress: 'allow' } } as const;

function endpoint(address: string, key: string): ClusterChange {
  return { kind: 'endpoint', endpoint: { network: 'n', address, owner: { kind: 'service', service: key } } };
}

interface Setting {
  readonly stacks?: readonly StackSettings[];
  readonly services: readonly string[];
  readonly policies?: readonly Policy[];
}

/** One network with one endpoint of each service. */
function calculate({ stacks = [stack('s', allowingBoth)], services, policies = [] }: Setting) {
  const calculator = createCalculator();
  const delta = calculator.apply([
    { kind: 'network', network },
    ...stacks.map((one): ClusterChange => ({ kind: 'stack', stack: one })),
    ...services.map((key): ClusterChange => ({ kind: 'service', service: service(key, {}, policies) })),
    ...services.map((key, index) => endpoint(`10.0.0.${index + 2}`, key)),
  ]);
  return { calculator, delta };
}

/** The keys of all allows; a `?` behind those that are would-deny. */
function allows(setting: Setting): string[] {
  const told = calculate(setting).calculator.networks().get('n')?.allows ?? {};
  return Object.entries(told)
    .map(([key, { wouldDeny }]) => (wouldDeny ? `${key}?` : key))
    .sort();
}

const ingress = (on: string, peers: readonly Peer[], ...ports: PortMatch[]) =>
  policy(on.split('/')[0] ?? '', {
    on: on.split('/')[1] ?? '',
    name: `${on}.in`,
    ingress: [rule(peers, ports)],
  });
const egress = (on: string, peers: readonly Peer[], ...ports: PortMatch[]) =>
  policy(on.split('/')[0] ?? '', {
    on: on.split('/')[1] ?? '',
    name: `${on}.out`,
    egress: [rule(peers, ports)],
  });
const anyone: Peer = { kind: 'any' };
const audit = stack('t', { ...allowingBoth, mode: 'audit' });
const both = [stack('s', allowingBoth), audit];

describe('A network’s allows', () => {
  it('have an exact entry for an open source that an isolated destination admits', () => {
    const policies = [ingress('s/db', [peer('s/api')], tcp(5432))];
    assert.deepEqual(allows({ services: ['s/api', 's/db', 's/web'], policies }), ['s/api>s/db/tcp:5432']);
  });

  it('have none between two that are open', () => {
    assert.deepEqual(allows({ services: ['s/a', 's/b'], policies: [ingress('s/a', [], tcp(1))] }), [
      '*>s/a/tcp:1',
    ]);
  });

  it('have one `*` for any source, and exact ones beside it for isolated sources', () => {
    const policies = [ingress('s/web', [anyone], tcp(80)), egress('s/job', [peer('s/web')])];
    assert.deepEqual(allows({ services: ['s/web', 's/job', 's/other'], policies }), [
      '*>s/web/tcp:80',
      's/job>s/web/tcp:80',
    ]);
  });

  it('have what the source’s egress admits toward an open destination', () => {
    const policies = [egress('s/job', [peer('s/web')], tcp(80), udp())];
    assert.deepEqual(allows({ services: ['s/job', 's/web', 's/other'], policies }), [
      's/job>s/web/tcp:80',
      's/job>s/web/udp',
    ]);
  });

  it('have what both sides admit when both are isolated', () => {
    const policies = [
      egress('s/a', [peer('s/b')], tcp(80, 90), udp(53)),
      ingress('s/b', [peer('s/a')], tcp(85, 100), tcp(80)),
    ];
    assert.deepEqual(allows({ services: ['s/a', 's/b'], policies }), ['s/a>s/b/tcp:80', 's/a>s/b/tcp:85-90']);
  });

  it('are would-deny where an enforced source may, and only the destination’s audit lets it', () => {
    const policies = [egress('s/a', [peer('t/b')], tcp(80, 82)), ingress('t/b', [peer('s/a')], tcp(81))];
    assert.deepEqual(allows({ stacks: both, services: ['s/a', 't/b'], policies }), [
      's/a>t/b/tcp:80?',
      's/a>t/b/tcp:81',
      's/a>t/b/tcp:82?',
    ]);
  });

  it('are would-deny where an enforced destination admits what the source’s audit would hold back', () => {
    const policies = [egress('t/a', [peer('s/b')], tcp(80)), ingress('s/b', [peer('t/a')], tcp(80), tcp(81))];
    assert.deepEqual(allows({ stacks: both, services: ['t/a', 's/b'], policies }), [
      't/a>s/b/tcp:80',
      't/a>s/b/tcp:81?',
    ]);
  });

  it('name every source of a destination in audit, where a `*` would count as would-deny', () => {
    const policies = [ingress('t/web', [anyone], tcp(80))];
    assert.deepEqual(allows({ stacks: both, services: ['t/web', 's/a'], policies }), [
      's/a>t/web/tcp:80',
      't/web>t/web/tcp:80',
    ]);
  });

  it('join ranges that overlap, keep those that only touch, and are absorbed by the whole', () => {
    const from = [peer('s/a')];
    const services = ['s/a', 's/b'];
    const keys = (...ports: PortMatch[]) => allows({ services, policies: [ingress('s/b', from, ...ports)] });
    assert.deepEqual(keys(tcp(80), tcp(81), tcp(90, 95), tcp(93, 99)), [
      's/a>s/b/tcp:80',
      's/a>s/b/tcp:81',
      's/a>s/b/tcp:90-99',
    ]);
    assert.deepEqual(keys(tcp(80), tcp(), udp(53)), ['s/a>s/b/tcp', 's/a>s/b/udp:53']);
    const everything = [ingress('s/b', from, tcp(80)), ingress('s/b', from)];
    assert.deepEqual(allows({ services, policies: everything }), ['s/a>s/b/any']);
  });

  it('need none where a side admits everyone on everything: it is open there', () => {
    const policies = [ingress('s/a', []), egress('s/b', [anyone])];
    const { calculator } = calculate({ services: ['s/a', 's/b'], policies });
    assert.deepEqual(calculator.networks().get('n')?.services, {
      's/a': { ingress: 'open', egress: 'open' },
      's/b': { ingress: 'open', egress: 'open' },
    });
    assert.equal(calculator.edge('s/b')?.stance.egress, 'isolated');
  });
});

describe('A network’s policy', () => {
  it('is there while a service of an annotated stack has an endpoint on it', () => {
    const stacks = [stack('s'), stack('bare', { annotated: false })];
    const { calculator, delta } = calculate({ stacks, services: ['bare/a'] });
    assert.deepEqual(delta.networks, []);
    calculator.apply([{ kind: 'service', service: service('s/b') }]);
    const appeared = calculator.apply([endpoint('10.0.0.9', 's/b')]);
    assert.deepEqual(Object.keys(appeared.networks[0]?.whole?.endpoints ?? {}), ['10.0.0.2', '10.0.0.9']);
    const gone = calculator.apply([{ kind: 'endpoint-removed', network: 'n', address: '10.0.0.9' }]);
    assert.deepEqual(gone.networks, [{ network: 'n', removed: true }]);
  });

  it('is there, and restricts nobody, while an administrator has a service without policies in audit', () => {
    const { calculator, delta } = calculate({
      stacks: [stack('bare', { annotated: false })],
      services: ['bare/a', 'bare/b'],
    });
    assert.deepEqual(delta.networks, []);
    const inMode = (administered: 'audit' | 'enforce'): ClusterChange => ({
      kind: 'service',
      service: { ...service('bare/a'), administered },
    });
    const open = { ingress: 'open', egress: 'open' };
    const [watched] = calculator.apply([inMode('audit')]).networks;
    assert.deepEqual(watched?.whole?.services, { 'bare/a': open, 'bare/b': open });
    assert.deepEqual(Object.keys(watched?.whole?.endpoints ?? {}), ['10.0.0.2', '10.0.0.3']);
    assert.deepEqual(calculator.apply([inMode('enforce')]).networks, [{ network: 'n', removed: true }]);
  });

  it('leaves out endpoints of services that are not known, so they are denied', () => {
    const { calculator } = calculate({ services: ['s/a'], policies: [ingress('s/a', [])] });
    assert.deepEqual(calculator.apply([endpoint('10.0.0.7', 's/late')]).networks, []);
    const late = calculator.apply([{ kind: 'service', service: service('s/late') }]);
    assert.deepEqual(Object.keys(late.networks[0]?.endpoints ?? {}), ['10.0.0.7']);
  });

  it('has load balancers, which alone give a network no policy', () => {
    const { calculator } = calculate({ services: ['s/a'] });
    const owner: EndpointOwner = { kind: 'load-balancer', node: 'x' };
    const told = calculator.apply([
      { kind: 'endpoint', endpoint: { network: 'n', address: '10.0.0.8', owner } },
      { kind: 'endpoint', endpoint: { network: 'm', address: '10.0.1.8', owner } },
    ]);
    assert.deepEqual(told.networks, [{ network: 'n', endpoints: { '10.0.0.8': owner } }]);
  });

  it('is told whole again when the network itself changed', () => {
    const { calculator } = calculate({ services: ['s/a'] });
    const { networks } = calculator.apply([{ kind: 'network', network: { ...network, encrypted: false } }]);
    assert.equal(networks[0]?.whole?.network.encrypted, false);
  });
});

describe('One change', () => {
  const scrapers: Peer = { kind: 'selector', services: selector({ role: 'scraper' }) };
  const policies = [ingress('s/a', [scrapers], tcp(9090)), ingress('s/b', [peer('s/a')], tcp(80))];

  it('of a task of a running service is one element', () => {
    const { calculator } = calculate({ services: ['s/a', 's/b'], policies });
    assert.deepEqual(calculator.apply([endpoint('10.0.0.99', 's/a')]), {
      networks: [{ network: 'n', endpoints: { '10.0.0.99': { kind: 'service', service: 's/a' } } }],
      edges: {},
    });
    assert.deepEqual(
      calculator.apply([{ kind: 'endpoint-removed', network: 'n', address: '10.0.0.2' }]).networks,
      [{ network: 'n', endpoints: { '10.0.0.2': null } }],
    );
  });

  it('of a label is the entries that the label makes', () => {
    const { calculator } = calculate({ services: ['s/a', 's/b', 's/c'], policies });
    const labelled = service('s/c', { labels: { role: 'scraper' } }, policies);
    assert.deepEqual(calculator.apply([{ kind: 'service', service: labelled }]).networks, [
      {
        network: 'n',
        allows: { 's/c>s/a/tcp:9090': { from: 's/c', to: 's/a', protocol: 'tcp', port: 9090 } },
      },
    ]);
    const plain = service('s/c', {}, policies);
    assert.deepEqual(calculator.apply([{ kind: 'service', service: plain }]).networks, [
      { network: 'n', allows: { 's/c>s/a/tcp:9090': null } },
    ]);
  });

  it('of a policy is the service’s stance, its entries and its edge', () => {
    const { calculator } = calculate({ services: ['s/a', 's/b'], policies });
    const unguarded = calculator.apply([{ kind: 'service', service: service('s/b') }]);
    assert.deepEqual(unguarded.networks, [
      {
        network: 'n',
        services: { 's/b': { ingress: 'open', egress: 'open' } },
        allows: { 's/a>s/b/tcp:80': null },
      },
    ]);
    assert.deepEqual(Object.keys(unguarded.edges), ['s/b']);
  });

  it('of a stack’s mode reaches all its services', () => {
    const { calculator } = calculate({ services: ['s/a', 's/b'], policies });
    const { networks } = calculator.apply([
      { kind: 'stack', stack: stack('s', { ...allowingBoth, mode: 'audit' }) },
    ]);
    assert.deepEqual(networks[0]?.services, {
      's/a': { ingress: 'audit', egress: 'open' },
      's/b': { ingress: 'audit', egress: 'open' },
    });
  });

  it('of the node addresses is told once, sorted', () => {
    const { calculator } = calculate({ services: [] });
    const nodes = (...addresses: string[]) => calculator.apply([{ kind: 'nodes', addresses }]).nodeAddresses;
    assert.deepEqual(nodes('192.0.2.2', '192.0.2.1'), ['192.0.2.1', '192.0.2.2']);
    assert.equal(nodes('192.0.2.1', '192.0.2.2'), undefined);
  });
});

describe('The live evaluator', () => {
  it('knows the cluster as it is now: its services, and what is not the world', () => {
    const policies = [ingress('s/a', [{ kind: 'world' }], tcp(80))];
    const { calculator } = calculate({ services: ['s/a'], policies });
    const { judge } = calculator.evaluator();
    const from = (address: string) =>
      judge({ from: { address }, to: { service: 's/a' }, protocol: 'tcp', port: 80 }).allowed;
    assert.deepEqual([from('198.51.100.1'), from('10.0.0.77'), from('192.0.2.1')], [true, false, true]);
    calculator.apply([{ kind: 'nodes', addresses: ['192.0.2.1'] }]);
    assert.equal(from('192.0.2.1'), false);
    calculator.apply([{ kind: 'service', service: service('s/a') }]);
    assert.ok(from('10.0.0.77'));
  });
});
