import assert from 'node:assert/strict';
import type { PolicyRule } from '../../compose-ext/policy-model.ts';
import { createCalculator } from '../../rules/calculator.ts';
import type { DockerUserInput } from '../../rules/docker-user/docker-user.ts';
import { peer, policy, rule, service, stack, tcp } from '../unit/rules/policy-cluster.ts';
import { dockerUserHost } from './lab/docker-user-host.ts';
import { createHostLab, type HostLab } from './lab/host-lab.ts';

const PUBLISHED = [{ protocol: 'tcp', published: 8081, target: 8080, mode: 'host' }] as const;

describe('what comes from docker_gwbridge to the node itself, on the real kernel', () => {
  let lab: HostLab;
  let host: ReturnType<typeof dockerUserHost>;

  before(async function () {
    this.timeout(30000);
    lab = await createHostLab();
    host = dockerUserHost(lab);
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
  });

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
        service: service('s/web', { ports: PUBLISHED }, [policy('s', { on: 'web', ingress })]),
      },
      {
        kind: 'service',
        service: service('s/shop', {}, egress ? [policy('s', { on: 'shop', egress })] : []),
      },
    ]);
    const tasks = [
      { address: lab.address.task, service: 's/web' },
      { address: lab.address.task2, service: 's/shop' },
    ];
    const edges = Object.fromEntries(calculator.edges());
    return { tasks, edges, gatewaySubnets: ['172.30.0.0/24'], nodeAddresses: [node] };
  };
  const reached = async (from: 'task2' | 'sandbox' = 'task2') => {
    const found = [];
    for (const [address, port] of PLACES) found.push(await lab.reachesNode(from, address, port));
    return found;
  };

  it('judges by the pair what docker-proxy would relay, and the rest as what goes out', async () => {
    assert.deepEqual(await reached(), [true, true, true, true], 'without rules');
    host.load(given([], everything));
    assert.deepEqual(await reached(), [false, false, false, false], 'none is none');
    host.load(given([rule([peer('s/web')], [tcp(8080)])], everything));
    assert.deepEqual(await reached(), [true, false, true, false]);
    host.load(given([rule([peer('s/web')], [tcp(8080)])], [rule([{ kind: 'world' }])]));
    assert.deepEqual(await reached(), [false, false, false, false], 'a task is not the world');
    host.load(given([rule([{ kind: 'ipBlock', cidr: `${node}/32`, except: [] }])], everything));
    assert.deepEqual(await reached(), [false, false, false, true]);
    host.load(given(undefined, []));
    assert.deepEqual(await reached(), [false, true, false, true], 'open but for what is closed to it');
  });

  it('leaves no way through docker-proxy to who is no service, at whichever address of the node', async () => {
    host.load(given(undefined, everything));
    assert.deepEqual(await reached(), [true, true, true, true]);
    assert.deepEqual(await reached('sandbox'), [false, true, false, true]);
    lab.run('ip', ['address', 'add', '192.0.2.9/32', 'dev', 'outside']);
    try {
      assert.equal(await lab.reachesNode('task2', '192.0.2.9', 8081), true);
      assert.equal(await lab.reachesNode('sandbox', '192.0.2.9', 8081), false);
      host.load(given(undefined, []));
      assert.equal(await lab.reachesNode('task2', '192.0.2.9', 8081), false);
      assert.equal(await lab.reachesNode('task2', '192.0.2.9', 9000), true);
    } finally {
      lab.run('ip', ['address', 'del', '192.0.2.9/32', 'dev', 'outside']);
    }
  });

  it('knows the numbers that the engine chose', async () => {
    const { tasks, edges, ...rest } = given(undefined, []);
    const web = edges['s/web'];
    assert.ok(web);
    const chosen = { ...web, published: [{ protocol: 'tcp', target: 8080, mode: 'host' }] } as const;
    const ports = [{ protocol: 'tcp', target: 8080, published: 9001 }] as const;
    host.load({
      ...rest,
      edges: { ...edges, 's/web': chosen },
      tasks: tasks.map((task) => (task.service === 's/web' ? { ...task, ports } : task)),
    });
    assert.equal(await lab.reachesNode('task2', gateway, 9001), false);
    assert.equal(await lab.reachesNode('sandbox', gateway, 9001), false);
    assert.equal(await lab.reachesNode('task2', gateway, 9000), true);
  });

  it('leaves the node’s own connections to tasks alone, and what the node itself translates', async () => {
    host.load(given([], []));
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
    host.load({ ...audited, edges: Object.fromEntries(edges) as DockerUserInput['edges'] });
    assert.deepEqual(await reached(), [true, true, true, true]);
    assert.deepEqual(await reached('sandbox'), [true, true, true, true]);
    assert.ok(host.counters()['in-would-deny'] >= 4 && host.counters()['out-would-deny'] >= 2);
    host.load(given([], []));
    lab.run('iptables', ['-F', 'INPUT']);
    assert.equal(await lab.reachesNode('task2', gateway, 9000), true, 'the jump is gone');
    host.load(given([], []));
    assert.equal(await lab.reachesNode('task2', gateway, 9000), false);
  });
});
