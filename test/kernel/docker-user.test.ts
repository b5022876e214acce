import assert from 'node:assert/strict';
import type { EdgePolicy } from '../../rules/network-policy.ts';
import { dockerUserProgram, type DockerUserInput } from '../../rules/docker-user/docker-user.ts';
import { parseDockerUserCounters, parseObservedDockerUser } from '../../rules/docker-user/observe.ts';
import { planDockerUser, removeDockerUser } from '../../rules/docker-user/plan.ts';
import { render, type Step } from '../../rules/step.ts';
import { createCalculator } from '../../rules/calculator.ts';
import type { ClusterRule, Policy, PolicyRule, ServicePort } from '../../compose-ext/policy-model.ts';
import { at, peer, policy, rule, service, stack, tcp } from '../unit/rules/policy-cluster.ts';
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

  before(async function () {
    this.timeout(30000);
    lab = await createHostLab();
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

  function observe() {
    return parseObservedDockerUser(
      lab.run('iptables-save', ['-c', '-t', 'filter']),
      lab.run('ipset', ['save']),
    );
  }

  function apply(steps: readonly Step[]): void {
    for (const step of steps) {
      const { tool, args, input: text } = render(step);
      lab.run(tool, args, text);
    }
  }

  function load(next: DockerUserInput): void {
    apply(planDockerUser(dockerUserProgram(next), observe()));
    assert.deepEqual(
      planDockerUser(dockerUserProgram(next), observe()),
      [],
      'the kernel holds what is desired',
    );
  }

  const counters = () => parseDockerUserCounters(lab.run('iptables-save', ['-c', '-t', 'filter']));

  it('filters the mesh and host-mode ports by client', async () => {
    for (const client of ['client', 'excepted', 'task2'] as const)
      assert.ok(await lab.connects(client, 'sandbox', 80), `${client} passes at first`);
    load(input);
    assert.ok(await lab.connects('client', 'sandbox', 80));
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.equal(await lab.connects('task2', 'sandbox', 80), false);
    assert.ok(await lab.connects('client', 'sandbox', 81), 'no service guards this port');
    assert.ok(await lab.connects('client', 'task', 8080));
    assert.equal(await lab.connects('client', 'task', 9000), false, 'not published');
    assert.equal(await lab.connects('excepted', 'task', 8080), false);
    assert.equal(await lab.connects('task2', 'task', 8080), false, "another task, by the task's own address");
    assert.ok(counters()['in-denied'] >= 4);
  });

  it('filters what a task reaches outside', async () => {
    load(input);
    assert.ok(await lab.connects('task', 'client', 9000));
    assert.equal(await lab.connects('task', 'client', 9001), false);
    assert.ok(await lab.connects('task', 'excepted', 9001));
    assert.equal(await lab.connects('task', 'sandbox', 81), false);
    assert.ok(await lab.connects('task2', 'client', 9001), 'no policy for it');
    assert.ok(counters()['out-denied'] >= 2);
  });

  it('passes and counts in audit', async () => {
    const audit = { ingress: 'audit', egress: 'audit' } as const;
    load({ ...input, edges: { 's/web': { ...WEB, stance: audit, pair: audit } } });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.ok(await lab.connects('excepted', 'task', 8080));
    assert.ok(await lab.connects('task', 'client', 9001));
    assert.ok(await lab.connects('task', 'sandbox', 81));
    const { 'in-denied': denied, 'out-denied': deniedOut, ...would } = counters();
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
    load(pair([rule([{ kind: 'world' }])]));
    assert.deepEqual(await reached(), [false, false, false, false], 'a task is not the world');
    load(pair([rule([peer('s/shop')], [tcp(8080)])]));
    assert.deepEqual(await reached(), [true, false, true, false]);
    assert.equal(await lab.connects('client', 'sandbox', 80), false, 'nor is the world a task');
    load(pair([rule([peer('s/shop')], [tcp(8080)])], []));
    assert.deepEqual(await reached(), [false, false, false, false], 'its own egress says none');
    load(pair([rule([peer('s/shop')], [tcp(8080)])], [rule([peer('s/web')], [tcp(8080)])]));
    assert.deepEqual(await reached(), [true, false, true, false]);
    assert.equal(await lab.connects('task2', 'client', 9000), false);
  });

  describe('to the node itself', () => {
    const [gateway, node] = ['172.30.0.1', '198.51.100.1'];
    /** 8081 is what docker-proxy listens at for s/web, 9000 the node's own. */
    const PLACES = [gateway, node].flatMap((address) => [8081, 9000].map((port) => [address, port] as const));
    const everything = [rule([{ kind: 'any' }])];

    const given = (egress: readonly PolicyRule[] | undefined, ingress: readonly PolicyRule[]) => {
      const calculator = createCalculator();
      calculator.apply([
        { kind: 'stack', stack: stack('s') },
        {
          kind: 'service',
          service: service('s/web', { ports: [...PUBLISHED] }, [policy('s', { on: 'web', ingress })]),
        },
        {
          kind: 'service',
          service: service('s/shop', {}, egress ? [policy('s', { on: 'shop', egress })] : []),
        },
      ]);
      const tasks = [...input.tasks, { address: lab.address.task2, service: 's/shop' }];
      return { ...input, tasks, edges: Object.fromEntries(calculator.edges()), nodeAddresses: [node] };
    };
    const reached = async (from: 'task2' | 'sandbox' = 'task2') => {
      const found = [];
      for (const [address, port] of PLACES) found.push(await lab.reachesNode(from, address, port));
      return found;
    };

    it('judges by the pair what docker-proxy would relay, and the rest as what goes out', async () => {
      assert.deepEqual(await reached(), [true, true, true, true], 'without rules');
      load(given([], everything));
      assert.deepEqual(await reached(), [false, false, false, false], 'none is none');
      load(given([rule([peer('s/web')], [tcp(8080)])], everything));
      assert.deepEqual(await reached(), [true, false, true, false]);
      load(given([rule([peer('s/web')], [tcp(8080)])], [rule([{ kind: 'world' }])]));
      assert.deepEqual(await reached(), [false, false, false, false], 'a task is not the world');
      load(given([rule([{ kind: 'ipBlock', cidr: `${node}/32`, except: [] }])], everything));
      assert.deepEqual(await reached(), [false, false, false, true]);
      load(given(undefined, []));
      assert.deepEqual(await reached(), [false, true, false, true], 'open but for what is closed to it');
    });

    it('leaves no way through docker-proxy to who is no service, at whichever address of the node', async () => {
      load(given(undefined, everything));
      assert.deepEqual(await reached(), [true, true, true, true]);
      assert.deepEqual(await reached('sandbox'), [false, true, false, true]);
      lab.run('ip', ['address', 'add', '192.0.2.9/32', 'dev', 'outside']);
      try {
        assert.equal(await lab.reachesNode('task2', '192.0.2.9', 8081), true);
        assert.equal(await lab.reachesNode('sandbox', '192.0.2.9', 8081), false);
        load(given(undefined, []));
        assert.equal(await lab.reachesNode('task2', '192.0.2.9', 8081), false);
        assert.equal(await lab.reachesNode('task2', '192.0.2.9', 9000), true);
      } finally {
        lab.run('ip', ['address', 'del', '192.0.2.9/32', 'dev', 'outside']);
      }
    });

    it('leaves the node’s own connections to tasks alone, and what the node itself translates', async () => {
      load(given([], []));
      const dial = `require('net').connect(9000, '${lab.address.task2}', () => process.exit(0))`;
      lab.run('node', ['-e', `setTimeout(() => process.exit(1), 5000);${dial}`]);
      assert.equal(await lab.reachesNode('task2', '192.0.2.53', 9001), false);
      const redirect = ['-t', 'nat', '-A', 'PREROUTING', '-d', '192.0.2.53', '-p', 'tcp', '-j', 'REDIRECT'];
      lab.run('iptables', redirect);
      assert.equal(await lab.reachesNode('task2', '192.0.2.53', 9001), true);
      lab.run('iptables', ['-t', 'nat', '-F', 'PREROUTING']);
    });

    it('counts in audit, and is put back when a firewall forgets it', async () => {
      const audited = given([], []);
      const audit = { ingress: 'audit', egress: 'audit' } as const;
      const edges = Object.entries(audited.edges).map(([key, edge]) => [
        key,
        { ...edge, stance: audit, pair: audit },
      ]);
      load({ ...audited, edges: Object.fromEntries(edges) as DockerUserInput['edges'] });
      assert.deepEqual(await reached(), [true, true, true, true]);
      assert.deepEqual(await reached('sandbox'), [true, true, true, true]);
      assert.ok(counters()['in-would-deny'] >= 4 && counters()['out-would-deny'] >= 2);
      load(given([], []));
      lab.run('iptables', ['-F', 'INPUT']);
      assert.equal(await lab.reachesNode('task2', gateway, 9000), true, 'the jump is gone');
      load(given([], []));
      assert.equal(await lab.reachesNode('task2', gateway, 9000), false);
    });
  });

  it('takes what an administrator denies from an open service, and nothing else', async () => {
    load(calculated('enforce', []));
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
    load(calculated('audit', [none]));
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.equal(await lab.connects('task', 'excepted', 9001), false);
    const before = counters();
    for (const [from, to, port] of [
      ['client', 'sandbox', 80],
      ['task2', 'task', 8080],
      ['task', 'client', 9001],
      ['task', 'sandbox', 81],
    ] as const)
      assert.ok(await lab.connects(from, to, port), `${from} → ${to}:${port}`);
    const after = counters();
    assert.ok(after['in-would-deny'] >= before['in-would-deny'] + 2);
    assert.ok(after['out-would-deny'] >= before['out-would-deny'] + 2);
  });

  it('follows changes by element, by swap and by chain', async () => {
    load(input);
    load({
      ...input,
      edges: { 's/web': { ...WEB, ingress: [{ cidr: '0.0.0.0/0', except: [], protocol: 'any' }] } },
    });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.equal(await lab.connects('task2', 'sandbox', 80), false, 'a task is not the world');
    load({ ...input, edges: { 's/web': { ...WEB, ingress: [], egress: [] } } });
    assert.equal(await lab.connects('client', 'sandbox', 80), false);
    assert.equal(await lab.connects('task', 'excepted', 9001), false);
    load({ ...input, tasks: [], edges: {} });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.equal(observe().jump.first, true, 'chain and jump stay when nothing is guarded');
  });

  it('sees and repairs what others change', () => {
    load(input);
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
      const steps = planDockerUser(dockerUserProgram(input), observe());
      assert.ok(steps.length > 0, args.join(' '));
      apply(steps);
      assert.deepEqual(planDockerUser(dockerUserProgram(input), observe()), [], args.join(' '));
      assert.ok(observe().jump.first && observe().inputJumps === 1);
    }
  });

  it('leaves nothing behind when removed', () => {
    load(input);
    lab.run('iptables', ['-A', 'DOCKER-USER', '-j', 'SWARMWALL']);
    apply(removeDockerUser(observe()));
    assert.doesNotMatch(lab.run('iptables-save', []), /SWARMWALL/);
    assert.equal(lab.run('ipset', ['list', '-n']).trim(), '');
    apply(removeDockerUser(observe()));
  });
});
