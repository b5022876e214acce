import assert from 'node:assert/strict';
import type { EdgePolicy } from '../../rules/network-policy.ts';
import { dockerUserProgram, type DockerUserInput } from '../../rules/docker-user/docker-user.ts';
import { planDockerUser, removeDockerUser } from '../../rules/docker-user/plan.ts';
import { createCalculator } from '../../rules/calculator.ts';
import type { ClusterRule, Policy, PolicyRule, ServicePort } from '../../compose-ext/policy-model.ts';
import { at, peer, policy, rule, service, stack, tcp } from '../unit/rules/policy-cluster.ts';
import { dockerUserHost } from './lab/docker-user-host.ts';
import { createHostLab, type HostLab } from './lab/host-lab.ts';

const WEB: EdgePolicy = {
  stance: { ingress: 'isolated', egress: 'isolated' },
  pair: { ingress: 'isolated', egress: 'isolated' },
  near: [],
  ingress: [{ cidr: '198.51.100.0/24', except: ['198.51.100.3'], protocol: 'tcp', port: 8080 }],
  egress: [
    { cidr: '198.51.100.2', except: [], protocol: 'tcp', port: 9000 },
    { cidr: '198.51.100.3', except: [], protocol: 'tcp', port: 9000, endPort: 9100 },
  ],
  published: [
    { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
    { protocol: 'tcp', published: 8081, target: 8080, mode: 'host' },
  ],
};

const PUBLISHED = [
  { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
  { protocol: 'tcp', published: 8081, target: 8080, mode: 'host' },
] as const;

const NOT_DNAT = ['-m', 'conntrack', '!', '--ctstate', 'DNAT'];

describe('docker-user program on the real kernel', () => {
  let lab: HostLab;
  let input: DockerUserInput;
  let host: ReturnType<typeof dockerUserHost>;

  before(async function () {
    this.timeout(120_000);
    lab = await createHostLab();
    host = dockerUserHost(lab);
    input = {
      tasks: [{ address: lab.address.task, service: 's/web' }],
      sandbox: lab.address.sandbox,
      edges: { 's/web': WEB },
      gatewaySubnets: ['172.30.0.0/24'],
      nodeAddresses: [],
    };
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
  });

  it('filters the mesh and host-mode ports by client', async () => {
    for (const client of ['client', 'excepted', 'task2'] as const)
      assert.ok(await lab.connects(client, 'sandbox', 80), `${client} passes at first`);
    host.load(input);
    assert.ok(await lab.connects('client', 'sandbox', 80));
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.equal(await lab.connects('task2', 'sandbox', 80), false);
    assert.ok(await lab.connects('client', 'sandbox', 81), 'no service guards this port');
    assert.ok(await lab.connects('client', 'task', 8080));
    assert.equal(await lab.connects('client', 'task', 9000), false, 'not published');
    assert.equal(await lab.connects('excepted', 'task', 8080), false);
    assert.equal(await lab.connects('task2', 'task', 8080), false, "another task, by the task's own address");
    assert.ok(host.counters()['in-denied'] >= 4);
  });

  it('filters what a task reaches outside', async () => {
    host.load(input);
    assert.ok(await lab.connects('task', 'client', 9000));
    assert.equal(await lab.connects('task', 'client', 9001), false);
    assert.ok(await lab.connects('task', 'excepted', 9001));
    assert.equal(await lab.connects('task', 'sandbox', 81), false);
    assert.ok(await lab.connects('task2', 'client', 9001), 'no policy for it');
    assert.ok(host.counters()['out-denied'] >= 2);
  });

  it('passes and counts in audit', async () => {
    const audit = { ingress: 'audit', egress: 'audit' } as const;
    host.load({ ...input, edges: { 's/web': { ...WEB, stance: audit, pair: audit } } });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.ok(await lab.connects('excepted', 'task', 8080));
    assert.ok(await lab.connects('task', 'client', 9001));
    assert.ok(await lab.connects('task', 'sandbox', 81));
    const { 'in-denied': denied, 'out-denied': deniedOut, ...would } = host.counters();
    assert.equal(denied + deniedOut, 0);
    assert.ok(would['in-would-deny'] >= 2);
    assert.ok(would['out-would-deny'] >= 2);
  });

  const calculated = (mode: 'enforce' | 'audit', own: readonly Policy[]): DockerUserInput => {
    const blocked = [{ cidr: '198.51.100.3/32', except: [] }];
    const deny: ClusterRule = {
      action: 'deny',
      peers: [{ kind: 'group', group: 'blocked' }],
      ports: [],
      origin: at(1),
    };
    const calculator = createCalculator();
    calculator.apply([
      { kind: 'groups', groups: [{ name: 'blocked', blocks: blocked, origin: at(1) }] },
      {
        kind: 'cluster-policies',
        policies: [
          {
            ...{ name: 'block', tier: 'admin', priority: 0, subject: {}, origin: at(1) },
            ...{ ingress: [deny], egress: [deny] },
          },
        ],
      },
      { kind: 'stack', stack: stack('s', { mode, defaults: { ingress: 'allow', egress: 'allow' } }) },
      { kind: 'service', service: service('s/web', { ports: [...PUBLISHED] }, own) },
    ]);
    return { ...input, edges: Object.fromEntries(calculator.edges()) };
  };

  it('judges one task’s way to another by the pair, through the mesh and at ports in host mode', async () => {
    const web: ServicePort[] = [
      { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
      { protocol: 'tcp', published: 81, target: 9000, mode: 'ingress' },
      { protocol: 'tcp', published: 8081, target: 8080, mode: 'host' },
    ];
    const pair = (ingress: readonly PolicyRule[], egress?: readonly PolicyRule[]): DockerUserInput => {
      const calculator = createCalculator();
      calculator.apply([
        { kind: 'stack', stack: stack('s') },
        { kind: 'service', service: service('s/web', { ports: web }, [policy('s', { on: 'web', ingress })]) },
        {
          kind: 'service',
          service: service('s/shop', {}, egress ? [policy('s', { on: 'shop', egress })] : []),
        },
      ]);
      const tasks = [...input.tasks, { address: lab.address.task2, service: 's/shop' }];
      return { ...input, tasks, edges: Object.fromEntries(calculator.edges()) };
    };
    const reached = () =>
      Promise.all(
        [
          ['sandbox', 80] as const,
          ['sandbox', 81] as const,
          ['task', 8080] as const,
          ['task', 9001] as const,
        ].map(([to, port]) => lab.connects('task2', to, port)),
      );
    host.load(pair([rule([{ kind: 'world' }])]));
    assert.deepEqual(await reached(), [false, false, false, false], 'a task is not the world');
    host.load(pair([rule([peer('s/shop')], [tcp(8080)])]));
    assert.deepEqual(await reached(), [true, false, true, false]);
    assert.equal(await lab.connects('client', 'sandbox', 80), false, 'nor is the world a task');
    host.load(pair([rule([peer('s/shop')], [tcp(8080)])], []));
    assert.deepEqual(await reached(), [false, false, false, false], 'its own egress says none');
    host.load(pair([rule([peer('s/shop')], [tcp(8080)])], [rule([peer('s/web')], [tcp(8080)])]));
    assert.deepEqual(await reached(), [true, false, true, false]);
    assert.equal(await lab.connects('task2', 'client', 9000), false);
  });

  it('takes what an administrator denies from an open service, and nothing else', async () => {
    host.load(calculated('enforce', []));
    for (const [from, to, port] of [
      ['client', 'sandbox', 80],
      ['client', 'task', 8080],
      ['task2', 'sandbox', 80],
      ['task2', 'task', 8080],
      ['task', 'client', 9001],
      ['task', 'sandbox', 81],
    ] as const)
      assert.ok(await lab.connects(from, to, port), `${from} → ${to}:${port}`);
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.equal(await lab.connects('excepted', 'task', 8080), false);
    assert.equal(await lab.connects('task', 'excepted', 9001), false);
  });

  it('drops what an administrator denies in audit, too, and counts the rest', async () => {
    const none = policy('s', { directions: ['ingress', 'egress'] });
    host.load(calculated('audit', [none]));
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.equal(await lab.connects('task', 'excepted', 9001), false);
    const before = host.counters();
    for (const [from, to, port] of [
      ['client', 'sandbox', 80],
      ['task2', 'task', 8080],
      ['task', 'client', 9001],
      ['task', 'sandbox', 81],
    ] as const)
      assert.ok(await lab.connects(from, to, port), `${from} → ${to}:${port}`);
    const after = host.counters();
    assert.ok(after['in-would-deny'] >= before['in-would-deny'] + 2);
    assert.ok(after['out-would-deny'] >= before['out-would-deny'] + 2);
  });

  it('follows changes by element, by swap and by chain', async () => {
    host.load(input);
    host.load({
      ...input,
      edges: { 's/web': { ...WEB, ingress: [{ cidr: '0.0.0.0/0', except: [], protocol: 'any' }] } },
    });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.equal(await lab.connects('task2', 'sandbox', 80), false, 'a task is not the world');
    host.load({ ...input, edges: { 's/web': { ...WEB, ingress: [], egress: [] } } });
    assert.equal(await lab.connects('client', 'sandbox', 80), false);
    assert.equal(await lab.connects('task', 'excepted', 9001), false);
    host.load({ ...input, tasks: [], edges: {} });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.equal(host.observe().jump.first, true, 'chain and jump stay when nothing is guarded');
  });

  it('sees and repairs what others change', () => {
    host.load(input);
    const drift: readonly (readonly string[])[] = [
      ['iptables', '-F', 'DOCKER-USER'],
      ['iptables', '-I', 'DOCKER-USER', '-j', 'RETURN'],
      ['iptables', '-A', 'DOCKER-USER', '-j', 'SWARMWALL'],
      ['iptables', '-I', 'SWARMWALL', '-j', 'RETURN'],
      ['iptables', '-D', 'SWARMWALL-IN', '1'],
      ['iptables', '-F', 'SWARMWALL-OUT'],
      ['iptables', '-F', 'INPUT'],
      ['iptables', '-A', 'INPUT', '-i', 'docker_gwbridge', ...NOT_DNAT, '-j', 'SWARMWALL-HOST'],
      ['ipset', 'flush', 'sw-in'],
      ['ipset', 'add', 'sw-in', `${lab.address.sandbox},tcp:80,192.0.2.0/24`],
    ];
    for (const [tool = '', ...args] of drift) {
      lab.run(tool, args);
      const steps = planDockerUser(dockerUserProgram(input), host.observe());
      assert.ok(steps.length > 0, args.join(' '));
      host.apply(steps);
      assert.deepEqual(planDockerUser(dockerUserProgram(input), host.observe()), [], args.join(' '));
      assert.ok(host.observe().jump.first && host.observe().inputJumps === 1);
    }
  });

  it('leaves nothing behind when removed', () => {
    host.load(input);
    lab.run('iptables', ['-A', 'DOCKER-USER', '-j', 'SWARMWALL']);
    host.apply(removeDockerUser(host.observe()));
    assert.doesNotMatch(lab.run('iptables-save', []), /SWARMWALL/);
    assert.equal(lab.run('ipset', ['list', '-n']).trim(), '');
    host.apply(removeDockerUser(host.observe()));
  });
});
