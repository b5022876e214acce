import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { countKernelLosses } from '../../plugin/agent/flows/kernel-losses.ts';
import { type EdgeTask, IPV6_EDGE_TABLE, ipv6EdgeProgram } from '../../rules/ipv6-edge.ts';
import type { EdgePolicy, Stance } from '../../rules/network-policy.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { parseCounters } from '../../rules/overlay/denied-flows.ts';
import { plan } from '../../rules/plan.ts';
import { render } from '../../rules/step.ts';
import { eventually } from '../lab/eventually.ts';
import { dockerUserHost } from './lab/docker-user-host.ts';
import { createHostLab, type HostLab, type HostRole } from './lab/host-lab.ts';
import { inNamespace } from './lab/namespaces.ts';
import { readFlows, type ReadFlows } from './lab/read-flows.ts';

const SIX = { task: 'fd18::5', task2: 'fd18::6', client: '2001:db8:51::2' } as const;
type Role = keyof typeof SIX;
/** The node's own, on docker_gwbridge and outside. */
const [INSIDE, OUTSIDE] = ['fd18::1', '2001:db8:51::1'];

const edge = (stance: Stance): EdgePolicy => ({
  stance: { ingress: stance, egress: stance },
  pair: { ingress: stance, egress: stance },
  ...{ near: [], ingress: [], egress: [] },
  published: [{ protocol: 'tcp', published: 8081, target: 8080, mode: 'host' }],
});

describe('what is refused by IPv6 beyond the overlays, read by the flow reader', () => {
  let lab: HostLab;
  let flows: ReadFlows;

  before(async function () {
    this.timeout(120_000);
    lab = await createHostLab();
    lab.run('sysctl', ['-qw', 'net.ipv6.conf.all.forwarding=1']);
    lab.run('ip', ['address', 'add', `${INSIDE}/64`, 'dev', 'docker_gwbridge', 'nodad']);
    lab.run('ip', ['address', 'add', `${OUTSIDE}/64`, 'dev', 'outside', 'nodad']);
    for (const [role, address] of Object.entries(SIX)) {
      const ip = (...args: readonly string[]) => inNamespace(lab.namespaceOf(role as Role), 'ip', args);
      ip('address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad');
      ip('-6', 'route', 'add', 'default', 'via', role === 'client' ? OUTSIDE : INSIDE);
    }
    // While the bridges' link-local addresses are tentative nobody finds his neighbours.
    for (const [, from, to, port] of [...REFUSED, ...PASSING])
      await eventually(async () => assert.ok(await connects(from, to, port), `${from} → ${to}`));
  });
  after(() => lab.stop());
  beforeEach(async () => {
    lab.reset();
    lab.run('nft', ['-f', '-'], `add table inet ${IPV6_EDGE_TABLE}\ndelete table inet ${IPV6_EDGE_TABLE}\n`);
    lab.run('conntrack', ['-F']);
    flows = await readFlows(lab.namespaceOf('host'), 'edge');
  });
  afterEach(() => {
    flows.stop();
  });

  /** web at `task`, which publishes 8081; `task2` is nobody's, unless told. */
  function load(stance: Stance, more: Partial<EdgePolicy> = {}, peers: readonly EdgeTask[] = []): void {
    const program = ipv6EdgeProgram({
      tasks: [{ address: SIX.task, service: 's/web' }, ...peers],
      here: [{ address: lab.address.task, service: 's/web' }],
      edges: new Map([['s/web', { ...edge(stance), ...more }]]),
    });
    assert.ok(program);
    for (const step of plan([program], [])) {
      const { tool, args, input } = render(step);
      lab.run(tool, args, input);
    }
    const held = parseObserved(lab.run('nft', listTableArguments('inet', IPV6_EDGE_TABLE)));
    assert.deepEqual(plan([program], held === undefined ? [] : [held]), []);
  }

  const counters = () =>
    parseCounters(lab.run('nft', ['-n', '-j', 'list', 'counters', 'table', 'inet', IPV6_EDGE_TABLE]));
  const connects = (from: HostRole, to: string, port: number) => lab.reachesNode(from, to, port);
  const flow = (verdict: string, way: string, from: Role, to: string, port: number) =>
    `${verdict} ${way} ${SIX[from]} → ${to} 6/${String(port)}`;

  const REFUSED = [
    ['comes', 'client', OUTSIDE, 8081],
    ['stays', 'client', SIX.task, 8080],
    ['stays', 'task', SIX.client, 9000],
    ['comes', 'task', INSIDE, 9000],
  ] as const;

  const PASSING = [
    ['comes', 'client', OUTSIDE, 9000],
    ['stays', 'client', SIX.task2, 8080],
    ['stays', 'task2', SIX.client, 9000],
  ] as const;

  it('is each packet, at published ports, at tasks themselves, and on their ways out', async () => {
    for (const [, from, to, port] of REFUSED) assert.ok(await connects(from, to, port), `${from} → ${to}`);
    load('isolated');
    for (const [, from, to, port] of REFUSED) assert.equal(await connects(from, to, port), false);
    for (const [, from, to, port] of PASSING) assert.ok(await connects(from, to, port), `${from} → ${to}`);
    await eventually(() => {
      const expected = REFUSED.map(([way, from, to, port]) => flow('denied', way, from, to, port));
      assert.deepEqual(Object.keys(flows.seen()).sort(), expected.sort());
      const { denied, denied_told: told } = counters();
      assert.ok(denied !== undefined && denied >= REFUSED.length);
      assert.deepEqual([told, flows.count('denied')], [denied, { read: denied, lost: 0 }]);
    });
  });

  it('and what audit lets through at published ports is told once', async () => {
    load('audit');
    for (const [, from, to, port] of REFUSED) assert.ok(await connects(from, to, port), `${from} → ${to}`);
    await eventually(() => {
      assert.deepEqual(flows.seen(), { [flow('would-deny', 'comes', 'client', OUTSIDE, 8081)]: 1 });
    });
    const { would_denied: would, would_denied_told: told } = counters();
    assert.deepEqual([would, told], [1, 1]);
  });

  describe('at a port that all of the world may reach, with what Docker translates', () => {
    const world: Partial<EdgePolicy> = {
      ingress: [{ cidr: '0.0.0.0/0', except: [], only: 'world', protocol: 'tcp', port: 8080 }],
    };
    const NAT = 'ip6 docker_nat';

    before(() => {
      lab.run('sysctl', ['-qw', 'net.bridge.bridge-nf-call-ip6tables=1']);
      const to = `tcp dport 8081 dnat to [${SIX.task}]:8080`;
      const hook = 'type nat hook prerouting priority -100;';
      const chain = `chain prerouting { ${hook} iifname != "docker_gwbridge" fib daddr type local ${to}; }`;
      lab.run('nft', ['-f', '-'], `table ${NAT} {\n${chain}\n}\n`);
    });
    after(() => {
      lab.run('nft', ['delete', 'table', ...NAT.split(' ')]);
    });

    it('the world passes, and a task beside it only where the pair allows', async () => {
      const ways = [
        ['client', OUTSIDE, 8081],
        ['task2', INSIDE, 8081],
        ['task2', SIX.task, 8080],
        ['client', SIX.task, 9000],
      ] as const;
      const pass = () => Promise.all(ways.map(([from, to, port]) => connects(from, to, port)));
      assert.deepEqual(await pass(), [true, true, true, true], 'without a program');
      load('isolated', world);
      assert.deepEqual(await pass(), [true, false, false, false]);
      await eventually(() => {
        assert.deepEqual(
          Object.keys(flows.seen()).sort(),
          [
            flow('denied', 'comes', 'task2', INSIDE, 8081),
            flow('denied', 'stays', 'client', SIX.task, 9000),
            flow('denied', 'stays', 'task2', SIX.task, 8080),
          ].sort(),
        );
      });
      const near = [{ from: 's/peer', to: 's/web', protocol: 'tcp', port: 8080 }] as const;
      load('isolated', { ...world, near }, [{ address: SIX.task2, service: 's/peer' }]);
      assert.deepEqual(await pass(), [true, true, false, false]);
    });

    it('nobody passes where rules name some of the world', async () => {
      load('isolated', { ingress: [{ ...world.ingress![0]!, cidr: '203.0.113.0/24' }] });
      assert.equal(await connects('client', OUTSIDE, 8081), false);
      assert.equal(await connects('task2', INSIDE, 8081), false);
    });
  });

  it('shares the log with DOCKER-USER, and none takes another for lost', async () => {
    load('isolated');
    dockerUserHost(lab).load({
      tasks: [{ address: lab.address.task, service: 's/web' }],
      edges: { 's/web': edge('isolated') },
      ...{ gatewaySubnets: ['172.30.0.0/24'], nodeAddresses: [] },
    });
    assert.equal(await lab.connects('client', 'task', 8080), false);
    assert.equal(await connects('client', SIX.task, 8080), false);
    assert.equal(await lab.connects('client', 'task', 8080), false);
    await eventually(() => {
      assert.deepEqual(Object.keys(flows.seen()).sort(), [
        `denied stays ${lab.address.client} → ${lab.address.task} 6/8080`,
        flow('denied', 'stays', 'client', SIX.task, 8080),
      ]);
    });
    assert.equal(flows.count('denied').lost, 0);
  });

  it('adds up with what is counted as lost in a flood', async () => {
    load('isolated');
    const kernel = countKernelLosses({ elapsed: () => 0 });
    const look = (): void => {
      kernel.count('edge', IPV6_EDGE_TABLE, counters());
    };
    look();
    const flood = spawnSync(
      'nsenter',
      [
        `--net=/run/netns/${lab.namespaceOf('client')}`,
        ...['socat', '-u', '-b', '100', '-', `UDP6-SENDTO:[${SIX.task}]:8080`],
      ],
      { input: Buffer.alloc(100 * 100_000) },
    );
    assert.equal(flood.status, 0, flood.stderr.toString());
    const { denied = 0, denied_told: told = 0 } = counters();
    assert.ok(denied >= 100_000 && told <= denied, `${told} of ${denied}`);
    look();
    look();
    assert.equal(kernel.limited, denied - told);
    await eventually(async () => {
      const { read, lost } = flows.count('denied');
      // What was lost last shows by the number of the next.
      if (read + lost !== counters()['denied_told']) await connects('client', SIX.task, 8080);
      assert.equal(read + lost, counters()['denied_told']);
    });
  });
});
