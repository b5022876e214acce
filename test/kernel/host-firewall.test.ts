import assert from 'node:assert/strict';
import {
  hostProgram,
  HOST_TABLE,
  trialSet,
  type HostProgramInput,
} from '../../rules/host-firewall/host-program.ts';
import type { HostPolicy } from '../../rules/host-firewall/host-firewall.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { plan } from '../../rules/plan.ts';
import { render, type Step } from '../../rules/step.ts';
import { eventually } from '../lab/eventually.ts';
import { startClient, type Client } from './lab/client.ts';
import { readFlows } from './lab/read-flows.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './lab/namespaces.ts';

const ADDRESSES = {
  near: ['198.51.100.2', 'fd00:51::2'],
  far: ['198.51.100.3', 'fd00:51::3'],
  node: ['198.51.100.4', 'fd00:51::4'],
} as const;
type Role = keyof typeof ADDRESSES;
const HOST = ['198.51.100.1', 'fd00:51::1'] as const;

const policy = (more: Partial<HostPolicy> = {}): HostPolicy => ({
  policies: ['ssh'],
  closed: true,
  rules: [
    {
      blocks: [
        { cidr: '198.51.100.0/24', except: ['198.51.100.3/32', '198.51.100.4/32'] },
        { cidr: 'fd00:51::2/128', except: [] },
      ],
      ports: [{ protocol: 'tcp', port: 22 }],
    },
  ],
  guarded: [{ protocol: 'tcp', port: 22 }],
  ...more,
});

const input = (more: Partial<HostProgramInput> = {}): HostProgramInput => ({
  confirmed: policy(),
  swarmPorts: [
    { protocol: 'tcp', port: 2377 },
    { protocol: 'udp', port: 4789 },
  ],
  nodeAddresses: ['198.51.100.4', 'fd00:51::4'],
  published: [{ protocol: 'tcp', port: 8080 }],
  ...more,
});

describe('the host firewall on the real kernel', () => {
  const host = namespaceName('own');
  const names = [host, ...Object.keys(ADDRESSES).map(namespaceName)];
  const clients = {} as Record<Role, Client>;
  let server: Client;
  let opened = 0;

  const run = (tool: string, args: readonly string[], text?: string) => inNamespace(host, tool, args, text);

  before(async function () {
    this.timeout(120_000);
    removeNamespaces(names);
    process.once('exit', () => {
      removeNamespaces(names);
    });
    addNamespace(host);
    run('ip', ['link', 'add', 'lan', 'type', 'bridge', 'forward_delay', '0']);
    run('ip', ['link', 'set', 'lan', 'up']);
    run('ip', ['address', 'add', `${HOST[0]}/24`, 'dev', 'lan']);
    run('ip', ['address', 'add', `${HOST[1]}/64`, 'dev', 'lan', 'nodad']);
    for (const [role, [v4, v6]] of Object.entries(ADDRESSES)) {
      const namespace = namespaceName(role);
      addNamespace(namespace);
      run('ip', ['link', 'add', role, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
      run('ip', ['link', 'set', role, 'master', 'lan', 'up']);
      inNamespace(namespace, 'ip', ['address', 'add', `${v4}/24`, 'dev', 'eth0']);
      inNamespace(namespace, 'ip', ['address', 'add', `${v6}/64`, 'dev', 'eth0', 'nodad']);
      inNamespace(namespace, 'ip', ['link', 'set', 'eth0', 'up']);
      inNamespace(namespace, 'ip', ['route', 'add', 'default', 'via', HOST[0]]);
      clients[role as Role] = await startClient(namespace);
    }
    server = await startClient(host);
    for (const port of [22, 2377, 8080, 9100]) await server.ask({ do: 'listen', protocol: 'tcp', port });
    await server.ask({ do: 'listen', protocol: 'udp', port: 4789 });
    await clients.far.ask({ do: 'listen', protocol: 'tcp', port: 22 });
  });
  after(async () => {
    await Promise.all([...Object.values(clients), server].map((client) => client.stop()));
    removeNamespaces(names);
  });
  beforeEach(() => {
    run('nft', ['flush', 'ruleset']);
    // The engine's rules have every node track its connections.
    run(
      'nft',
      ['-f', '-'],
      `add table inet engine
add chain inet engine input { type filter hook input priority 0; }
add rule inet engine input ct state established counter
`,
    );
  });

  async function connects(from: Role, port: number, to: string = HOST[0]): Promise<boolean> {
    const name = `c${(opened += 1)}`;
    const open = await clients[from].ask({ do: 'open', name, protocol: 'tcp', to, port });
    if (open === true) await clients[from].ask({ do: 'close', name });
    return open === true;
  }

  function take(steps: readonly Step[]): void {
    for (const step of steps) {
      const { tool, args, input: text } = render(step);
      run(tool, args, text);
    }
  }

  function observe() {
    const listed = run('nft', ['list', 'tables']).includes(`inet ${HOST_TABLE}`);
    if (!listed) return [];
    const found = parseObserved(run('nft', [...listTableArguments('inet', HOST_TABLE)]));
    return found === undefined ? [] : [found];
  }

  function load(wanted: HostProgramInput): void {
    const program = hostProgram(wanted);
    assert.ok(program);
    take(plan([program], observe()));
    assert.deepEqual(plan([program], observe()), [], 'the kernel holds what is desired');
  }

  const denied = () =>
    Number(/packets (\d+)/u.exec(run('nft', ['list', 'counter', 'inet', HOST_TABLE, 'denied']))?.[1]);

  it("lets to the node's ports who may come, by IPv4 and IPv6, and nobody else", async () => {
    for (const at of HOST)
      for (const from of ['near', 'far', 'node'] as const)
        for (const port of [22, 2377, 9100])
          assert.ok(await connects(from, port, at), `${from} ${port} ${at}`);
    load(input());
    for (const at of HOST) {
      assert.ok(await connects('near', 22, at));
      assert.equal(await connects('far', 22, at), false, at);
      assert.equal(await connects('node', 22, at), false, 'a node is no exception');
      assert.equal(await connects('near', 9100, at), false, 'no rule names it');
      assert.ok(await connects('node', 2377, at));
      assert.equal(await connects('near', 2377, at), false);
      assert.ok(await connects('far', 8080, at), "docker-proxy's");
    }
    assert.ok(denied() >= 8);
    assert.match(
      run('nft', ['list', 'set', 'inet', HOST_TABLE, 'denied']),
      /198\.51\.100\.3 \. 198\.51\.100\.1/u,
    );
    assert.match(run('nft', ['list', 'set', 'inet', HOST_TABLE, 'denied6']), /fd00:51::3 \. fd00:51::1/u);
  });

  it('keeps what is open, and what goes elsewhere', async () => {
    await clients.far.ask({ do: 'open', name: 'kept', protocol: 'tcp', to: HOST[0], port: 22 });
    load(input());
    assert.ok(await clients.far.ask({ do: 'exchange', name: 'kept' }), 'an established connection');
    await clients.far.ask({ do: 'close', name: 'kept' });
    assert.ok(await connects('near', 22, ADDRESSES.far[0]), 'bridged past the node');
    assert.ok(await server.ask({ do: 'open', name: 'out', protocol: 'tcp', to: ADDRESSES.far[0], port: 22 }));
    assert.ok(await server.ask({ do: 'exchange', name: 'out' }), "answers to the node's own connection");
    await server.ask({ do: 'close', name: 'out' });
    assert.ok(
      await server.ask({ do: 'open', name: 'self', protocol: 'tcp', to: HOST[0], port: 9100 }),
      'itself',
    );
    await server.ask({ do: 'close', name: 'self' });
    for (const namespace of [host, namespaceName('near')])
      inNamespace(namespace, 'ip', ['neighbour', 'flush', 'all']);
    assert.ok(await connects('near', 22, HOST[1]), 'neighbours find each other anew');
  });

  it('lets in what the node itself redirected', async () => {
    load(input());
    run(
      'nft',
      ['-f', '-'],
      `add table ip to_self
add chain ip to_self pre { type nat hook prerouting priority -100; }
add rule ip to_self pre tcp dport 53 redirect to :9100
`,
    );
    assert.ok(await connects('far', 53));
    assert.equal(await connects('far', 9100), false, 'who asks for that very port');
  });

  it('guards only the ports that are named, when that is the default', async () => {
    load(input({ confirmed: policy({ closed: false }) }));
    assert.ok(await connects('near', 22));
    assert.equal(await connects('far', 22), false);
    assert.ok(await connects('far', 9100));
  });

  /** Long enough for any machine to look, then soon over. */
  async function tried(id: string, look: () => Promise<void>): Promise<void> {
    const begin = (seconds: number): Step => ({
      ...{ kind: 'time-elements', family: 'inet', table: HOST_TABLE, set: trialSet(id) },
      ...{ elements: ['ipv4', 'ipv6'], seconds },
    });
    take([begin(600)]);
    await look();
    run('nft', ['flush', 'set', 'inet', HOST_TABLE, trialSet(id)]);
    take([begin(1)]);
  }

  it('takes a trial back by itself, with nobody there to do it', async function () {
    this.timeout(120_000);
    load(input({ trial: { id: 'aaaaaaaaaaaa', policy: policy({ rules: [] }) } }));
    assert.ok(await connects('near', 22), 'it has not begun');
    await tried('aaaaaaaaaaaa', async () => {
      for (const at of HOST) assert.equal(await connects('near', 22, at), false, 'locked out');
    });
    await eventually(async () => {
      for (const at of HOST) assert.ok(await connects('near', 22, at), 'the way back');
    });
    assert.equal(await connects('far', 22), false, 'to what was confirmed');
    load(input());
    assert.doesNotMatch(run('nft', ['list', 'ruleset']), /tried|trial_/u);
  });

  it('opens up while it is tried to have no policy, and after a first policy that nobody confirmed', async function () {
    this.timeout(120_000);
    load(input({ trial: { id: 'bbbbbbbbbbbb' } }));
    await tried('bbbbbbbbbbbb', async () => {
      assert.ok(await connects('far', 22));
    });
    await eventually(async () => {
      assert.equal(await connects('far', 22), false);
    });
    load(input({ confirmed: undefined, trial: { id: 'cccccccccccc', policy: policy() } }));
    await tried('cccccccccccc', async () => {
      assert.equal(await connects('far', 22), false);
    });
    await eventually(async () => {
      assert.ok(await connects('far', 22));
    });
  });

  it('tells each connection that it lets pass once, and each packet that it drops', async () => {
    run('conntrack', ['-F']);
    const flows = await readFlows(host, 'host');
    load(input());
    for (const at of HOST) assert.ok(await connects('near', 22, at));
    assert.equal(await connects('far', 22), false);
    assert.ok(await connects('node', 2377), 'of the Swarm, and no policy of anybody’s');
    await eventually(() => {
      const told = ([verdict, from, to]: readonly [string, string, string]) =>
        `${verdict} comes ${from} → ${to} 6/22`;
      const expected = [
        ...HOST.map((at, index) => ['allowed', ADDRESSES.near[index] ?? '', at] as const),
        ['denied', ADDRESSES.far[0], HOST[0]] as const,
      ];
      assert.deepEqual(Object.keys(flows.seen()).sort(), expected.map(told).sort());
    });
    assert.deepEqual(flows.count('allowed'), { read: 2, lost: 0 });
    await eventually(() => {
      assert.equal(flows.count('denied').read, denied());
    });
    flows.stop();
  });
});
