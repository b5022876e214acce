import assert from 'node:assert/strict';
import { ipv6EdgeProgram } from '../../../rules/ipv6-edge.ts';
import type { EdgePolicy, Stance } from '../../../rules/network-policy.ts';
import type { Program } from '../../../rules/nftables/program.ts';
import { walk } from '../../support/nft-walker.ts';

const edge = (ingress: Stance, egress: Stance): EdgePolicy => ({
  stance: { ingress, egress },
  ingress: [],
  egress: [],
  published: [],
  pair: { ingress, egress },
  near: [],
});
const OPEN = { ingress: 'open', egress: 'open' } as const;
const EDGES = new Map([
  ['s/db', edge('isolated', 'isolated')],
  ['s/web', edge('isolated', 'open')],
  ['s/old', edge('audit', 'open')],
]);
const TASKS = [
  { address: 'fd18::3', service: 's/db' },
  { address: 'fd18::4', service: 's/web' },
  { address: 'fd18::5', service: 's/old' },
];

const COMING = {
  'ct status': '0',
  ...{ 'meta nfproto': 'ipv6', 'meta iifname': '"eth0"', 'ct direction': 'original' },
  ...{ 'meta l4proto': '6', 'th dport': '8081' },
};

describe('IPv6 beyond the overlays', () => {
  it('is closed to isolated tasks, each way by itself, but for replies', () => {
    const program = ipv6EdgeProgram({ tasks: TASKS, here: [], edges: EDGES });
    assert.ok(program);
    const passes = (from: string, to: string, direction = 'original') =>
      forwarded(program, { 'ip6 saddr': from, 'ip6 daddr': to, 'ct direction': direction });
    const world = '2001:db8::1';
    assert.equal(passes('fd18::3', world), 'drop');
    assert.equal(passes(world, 'fd18::3'), 'drop');
    assert.equal(passes('fd18::4', world), 'accept');
    assert.equal(passes(world, 'fd18::4', 'reply'), 'accept');
    assert.equal(passes(world, 'fd18::4'), 'drop');
    assert.equal(passes(world, 'fd18::5'), 'accept');
    assert.equal(passes('fd18::9', world), 'accept');
  });

  it('is open but for metadata to those whose egress is', () => {
    const [metadata, world] = ['fd00:ec2::254', '2001:db8::1'];
    const program = ipv6EdgeProgram({
      tasks: [...TASKS, { address: 'fd18::6', service: 's/open' }],
      here: [],
      edges: new Map([
        ...EDGES,
        ['s/open', { ...edge('open', 'isolated'), pair: OPEN, ipv6Except: [metadata] }],
      ]),
    });
    assert.ok(program);
    const passes = (from: string, to: string) =>
      forwarded(program, { 'ip6 saddr': from, 'ip6 daddr': to, 'ct direction': 'original' });
    assert.equal(passes('fd18::6', world), 'accept');
    assert.equal(passes('fd18::6', metadata), 'drop');
    assert.equal(passes('fd18::3', world), 'drop');
    assert.equal(passes('fd18::4', metadata), 'accept');
  });

  it('leads through docker-proxy only to what everybody in the world may reach', () => {
    const published = [{ protocol: 'tcp', published: 8081, target: 80, mode: 'host' }] as const;
    const world = { cidr: '0.0.0.0/0', except: [], protocol: 'tcp', port: 80 } as const;
    const CHOSEN = { protocol: 'tcp', target: 80, published: 32768 } as const;
    const entering = (given: Partial<EdgePolicy>, fields: Parameters<typeof walk>[2]['fields'] = {}) => {
      const program = ipv6EdgeProgram({
        tasks: [],
        here: [...TASKS, { address: '172.18.0.9', service: 's/web', ports: [CHOSEN] }],
        edges: new Map([...EDGES, ['s/web', { ...edge('isolated', 'open'), published, ...given }]]),
      });
      return program && walked(program, 'input', { ...COMING, ...fields });
    };
    assert.equal(entering({}), 'drop');
    assert.equal(entering({ ingress: [{ ...world, cidr: '203.0.113.0/24' }] }), 'drop');
    assert.equal(entering({}, { 'meta nfproto': 'ipv4' }), 'accept');
    assert.equal(entering({}, { 'meta iifname': '"lo"' }), 'accept');
    assert.equal(entering({}, { 'th dport': '8082' }), 'accept');
    assert.equal(entering({}, { 'th dport': '32768' }), 'drop', 'a number that the engine chose');
    assert.equal(entering({}, { 'ct direction': 'reply' }), 'accept');
    assert.equal(entering({ ingress: [world] }), undefined);
    assert.equal(entering({ ingress: [{ ...world, wouldDeny: true }] }), 'accept', 'and would not');
    const audit = { stance: { ingress: 'audit', egress: 'open' } } as const;
    assert.equal(entering(audit), 'accept', 'and would not');
    assert.equal(entering({ ...audit, ingress: [world] }), undefined);
  });

  it('leads the world to a task by what Docker translates where everybody may, and tasks of this node as the pair says', () => {
    const published = [{ protocol: 'tcp', published: 8081, target: 80, mode: 'host' }] as const;
    const ingress = [{ cidr: '0.0.0.0/0', except: [], protocol: 'tcp', port: 80 }] as const;
    const web = { ...edge('isolated', 'open'), published, ingress };
    const verdict = (
      given: Partial<EdgePolicy>,
      hook: string,
      fields: Parameters<typeof walk>[2]['fields'],
    ) => {
      const edges = new Map([...EDGES, ['s/web', { ...web, ...given }]]);
      const program = ipv6EdgeProgram({ tasks: TASKS, here: TASKS, edges });
      assert.ok(program);
      return walked(program, hook, { ...COMING, 'ct status': '32', 'ip6 daddr': 'fd18::4', ...fields });
    };
    const tasks = { 'meta iifname': '"docker_gwbridge"', 'ip6 saddr': 'fd18::5' };
    const [world, port] = [{ 'ip6 saddr': '2001:db8::1' }, { 'th dport': '80' }];
    assert.equal(verdict({}, 'forward', { ...world, ...port }), 'accept');
    assert.equal(verdict({}, 'forward', { ...world, 'th dport': '81' }), 'drop', 'another port');
    assert.equal(verdict({}, 'forward', { ...world, ...port, 'meta l4proto': '17' }), 'drop');
    assert.equal(verdict({}, 'forward', { ...world, ...port, 'ip6 daddr': 'fd18::3' }), 'drop', "another's");
    assert.equal(verdict({}, 'forward', { ...tasks, ...port }), 'drop', 'from a task beside it');
    assert.equal(verdict({ ingress: [] }, 'forward', { ...world, ...port }), 'drop');
    const proxied = (given: Partial<EdgePolicy>, fields: Parameters<typeof walk>[2]['fields'] = {}) =>
      verdict(given, 'input', { ...tasks, 'ct status': '0', ...fields });
    const allow = { to: 's/web', protocol: 'tcp', port: 80 } as const;
    assert.equal(proxied({}), 'drop');
    assert.equal(proxied({}, { 'th dport': '8082' }), 'accept');
    assert.equal(proxied({}, { 'meta iifname': '"eth0"' }), 'accept');
    assert.equal(proxied({ near: [{ ...allow, from: 's/old' }] }), 'accept');
    assert.equal(proxied({ near: [{ ...allow, from: 's/web' }] }), 'drop', "another's pair");
    assert.equal(proxied({ near: [{ ...allow, from: '*' }] }), 'accept');
    assert.equal(proxied({ near: [{ ...allow, from: 's/old' }], ingress: [] }), 'drop', 'nobody may by IPv6');
    assert.equal(proxied({ pair: OPEN }), 'accept');
    const stranger = { 'ip6 saddr': 'fd18::77' };
    assert.equal(proxied({ near: [{ ...allow, from: 's/old' }] }, stranger), 'drop');
    assert.equal(proxied({ near: [{ ...allow, from: '*' }] }, stranger), 'accept');
  });

  it('is closed to the node itself, too, but for neighbour discovery', () => {
    const program = ipv6EdgeProgram({ tasks: TASKS, here: [], edges: EDGES });
    assert.ok(program);
    const passes = (fields: Parameters<typeof walk>[2]['fields']) =>
      walked(program, 'input', { ...COMING, 'ip6 saddr': 'fd18::3', 'ct status': '0', ...fields });
    assert.equal(passes({}), 'drop');
    assert.equal(passes({ 'ip6 saddr': 'fd18::4' }), 'accept');
    assert.equal(passes({ 'ct status': '32' }), 'accept', 'translated by the node');
    assert.equal(passes({ 'meta l4proto': '58', 'icmpv6 type': '128' }), 'drop');
    assert.equal(passes({ 'meta l4proto': '58', 'icmpv6 type': '135' }), 'accept');
  });

  it('is told of each packet that is refused, and of what audit lets pass by its first', () => {
    const published = [{ protocol: 'tcp', published: 8081, target: 80, mode: 'host' }] as const;
    const told = (ingress: Stance, hook: string, fields: Parameters<typeof walk>[2]['fields']) => {
      const web = { ...edge(ingress, 'open'), published };
      const program = ipv6EdgeProgram({ tasks: TASKS, here: TASKS, edges: new Map([['s/web', web]]) });
      assert.ok(program);
      const table = { ...stateOf(program), logged: [] as number[] };
      walk(table, hook, { fields: { ...COMING, 'ct status': '0', ...fields } });
      return [table.logged, Object.fromEntries(table.counters)];
    };
    const [denied, would] = [
      [[21_373], { denied_told: 1, denied: 1 }],
      [[21_372], { would_denied_told: 1, would_denied: 1 }],
    ];
    assert.deepEqual(told('isolated', 'input', {}), denied);
    assert.deepEqual(told('isolated', 'input', { 'ct status': '8' }), denied);
    assert.deepEqual(told('isolated', 'forward', { 'ip6 daddr': 'fd18::4' }), denied);
    assert.deepEqual(told('audit', 'input', {}), would);
    assert.deepEqual(told('audit', 'input', { 'ct status': '8' }), [[], {}]);
  });

  it('is left alone where nobody has any, or nobody is isolated', () => {
    const of = (tasks: typeof TASKS) => ipv6EdgeProgram({ tasks, here: tasks, edges: EDGES });
    assert.equal(of([]), undefined);
    assert.equal(of([{ address: 'fd18::5', service: 's/old' }]), undefined);
    assert.equal(of([{ address: 'fd18::5', service: 's/unknown' }]), undefined);
  });
});

function forwarded(program: Program, fields: Parameters<typeof walk>[2]['fields']): string {
  return walked(program, 'forward', fields);
}

function walked(program: Program, chain: string, fields: Parameters<typeof walk>[2]['fields']): string {
  return walk(stateOf(program), chain, { fields });
}

function stateOf(program: Program) {
  const elements = new Map([...program.elements].map(([set, entries]) => [set, new Map(entries)]));
  return { program, elements, counters: new Map<string, number>() };
}
