import assert from 'node:assert/strict';
import { dnsProgram } from '../../../../rules/dns-egress/dns-program.ts';
import { DNS_MARK } from '../../../../rules/dns-egress/names.ts';
import { dockerUserProgram } from '../../../../rules/docker-user/docker-user.ts';
import type { EdgePolicy } from '../../../../rules/network-policy.ts';
import { dockerUserWalker } from '../../../support/docker-user-walker.ts';
import { type TableState, walkWhole } from '../../../support/nft-walker.ts';

const TASK = '172.18.0.5';
const SERVER = '203.0.113.7';
const PLAIN: EdgePolicy = {
  stance: { ingress: 'open', egress: 'isolated' },
  pair: { ingress: 'open', egress: 'isolated' },
  ...{ ingress: [], egress: [], published: [], near: [] },
};
const EDGE: EdgePolicy = {
  ...PLAIN,
  names: { rules: [{ name: 'a.example.com', protocol: 'tcp', port: 443 }] },
};

function table(): TableState {
  const program = dnsProgram({ tasks: [TASK], resolverPort: 7953 });
  const empty = ['leases', 'leases_whole', 'flows'].map((set) => [set, new Map<string, string>()] as const);
  const elements = new Map([...program.elements].map(([set, keys]) => [set, new Map(keys)]));
  return { program, elements: new Map([...elements, ...empty]), counters: new Map() };
}

const packet = (fields: Readonly<Record<string, string>>) => ({
  fields: {
    ...{ 'ip saddr': TASK, 'ip daddr': SERVER, 'meta l4proto': '6', 'th sport': '40000', 'th dport': '443' },
    ...{ 'ct direction': 'original', 'ct state': 'new', ...fields },
  },
});

describe('The table for egress by DNS name', () => {
  const marked = (state: TableState, fields: Readonly<Record<string, string>> = {}) =>
    (walkWhole(state, 'forward', packet(fields)).mark & DNS_MARK) !== 0;

  it('sends queries of its tasks to the resolver, and nothing else', () => {
    const state = table();
    const to = (fields: Readonly<Record<string, string>>) =>
      walkWhole(state, 'prerouting', packet(fields)).redirected;
    for (const protocol of ['6', '17'])
      assert.equal(to({ 'meta l4proto': protocol, 'th dport': '53' }), 7953);
    assert.equal(to({ 'th dport': '443' }), undefined);
    assert.equal(to({ 'ip saddr': '172.18.0.6', 'th dport': '53' }), undefined);
  });

  it('lets nobody else talk to the resolver, and drops nothing besides', () => {
    const verdict = (fields: Readonly<Record<string, string>>) =>
      walkWhole(table(), 'input', packet(fields)).verdict;
    assert.equal(verdict({ 'th dport': '7953' }), 'accept');
    assert.equal(verdict({ 'ip saddr': '172.18.0.6', 'th dport': '7953' }), 'drop');
    assert.equal(verdict({ 'ip saddr': '172.18.0.6', 'th dport': '22' }), 'accept');
  });

  it('marks what a lease lets begin, and goes on marking it when the lease has ended', () => {
    const state = table();
    assert.ok(!marked(state));
    state.elements.get('leases')?.set(`${TASK} . ${SERVER} . 6 . 443`, '');
    assert.ok(marked(state));
    assert.ok(!marked(state, { 'th dport': '444' }) && !marked(state, { 'ip saddr': '172.18.0.6' }));
    state.elements.get('leases')?.clear();
    assert.ok(!marked(state), 'a new connection from the same port needs a lease');
    assert.ok(marked(state, { 'ct state': 'established' }));
    assert.ok(!marked(state, { 'ct state': 'established', 'th sport': '40001' }));
  });

  it('is what DOCKER-USER goes by: a mark passes where any service here has names', () => {
    const program = (edge: EdgePolicy) =>
      dockerUserProgram({
        tasks: [{ address: TASK, service: 's/web' }],
        edges: { 's/web': edge },
        gatewaySubnets: ['172.18.0.0/16'],
        nodeAddresses: [],
      });
    const asked = { from: TASK, to: SERVER, protocol: 'tcp', port: 443 } as const;
    const walker = dockerUserWalker(program(EDGE));
    assert.equal(walker({ ...asked, mark: DNS_MARK }), 'passes');
    assert.equal(walker(asked), 'dropped');
    assert.equal(
      walker({ ...asked, to: '172.18.0.9', mark: DNS_MARK }),
      'dropped',
      'never on docker_gwbridge',
    );
    assert.equal(dockerUserWalker(program(PLAIN))({ ...asked, mark: DNS_MARK }), 'dropped');
  });
});
