import assert from 'node:assert/strict';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { AgentStatus } from '../../plugin/api/types.ts';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { fromContainer, fromOutside, probe, probeAll, type Prober } from '../lab/probe.ts';
import type { LabProcess } from '../lab/lab-process.ts';

/** As Docker Compose makes them: the labels are all that says what belongs together. */
interface Container {
  readonly project: string;
  readonly service: string;
  readonly network: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly publish?: readonly string[];
  readonly more?: readonly string[];
  readonly listen: readonly string[];
}

const TRIES = 8;
const [CLIENT, EXCEPTED] = OUTSIDE_ADDRESSES;

const SHOP: readonly Container[] = [
  {
    ...{ project: 'shop', service: 'web', network: 'shop_default', listen: ['tcp/8080'] },
    labels: { 'swarmwall.ingress': `198.51.100.0/24!${EXCEPTED}:8080` },
    publish: ['80:8080'],
  },
  {
    ...{ project: 'shop', service: 'api', network: 'shop_default', listen: ['tcp/3000', 'udp/3000'] },
    labels: { 'swarmwall.ingress': 'web:3000' },
  },
  {
    ...{ project: 'shop', service: 'db', network: 'shop_default', listen: ['tcp/5432'] },
    labels: { 'swarmwall.ingress': 'api:5432', 'swarmwall.egress': 'none' },
    publish: ['5432:5432'],
  },
  {
    ...{ project: 'shop', service: 'hostile', network: 'shop_default', listen: ['tcp/4444'] },
    more: ['--cap-add', 'NET_ADMIN'],
  },
  { project: 'wiki', service: 'wiki', network: 'wiki_default', listen: ['tcp/8080'], publish: ['81:8080'] },
  { project: 'wiki', service: 'search', network: 'wiki_default', listen: ['tcp/9200'] },
];

describe('a Compose project on one engine without Swarm', () => {
  let lab: Lab;
  let node: LabNode;
  let agent: LabProcess;
  let agents = 0;

  const nameOf = ({ project, service }: Container, number = 1): string =>
    `${project}-${service}-${String(number)}`;
  const startAgent = async (): Promise<void> => {
    agent = await node.spawn('swarmwall', ['agent'], `agent-${String(++agents)}`);
  };
  const start = (container: Container, number = 1) =>
    node.docker([
      ...['run', '--detach', '--name', nameOf(container, number), '--network', container.network],
      ...['--label', `com.docker.compose.project=${container.project}`],
      ...['--label', `com.docker.compose.service=${container.service}`],
      ...Object.entries(container.labels ?? {}).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
      ...(container.publish ?? []).flatMap((port) => ['--publish', port]),
      ...(container.more ?? []),
      ...['swarmwall/demo:1', ...container.listen],
    ]);
  const addressOf = async (service: string): Promise<string> => {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    return (await node.docker(['inspect', '--format', format, service])).stdout.trim();
  };
  const inside = (name: string): Prober => fromContainer(node, name);
  /**
   * Which of these answer, in their order: one that is expected to and does not is tried again, as a busy machine takes its
   * time, one that may not fails at the first answer.
   */
  async function reached(
    from: Prober,
    targets: readonly (readonly [address: string, port: number, protocol?: 'tcp' | 'udp'])[],
    expected: readonly boolean[],
    why = '',
  ): Promise<void> {
    const asked = targets.map(([address, port, protocol = 'tcp']) => ({ address, port, protocol }));
    let missing: readonly number[] = [];
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const answers = await probeAll(from, asked, 1);
      for (const [at, { observed }] of answers.entries())
        assert.ok(observed === 'denied' || expected[at] === true, `${String(targets[at])} answers ${why}`);
      missing = [...expected.keys()].filter((at) => expected[at] && answers[at]?.observed === 'denied');
      if (missing.length === 0) return;
    }
    assert.fail(`${missing.map((at) => String(targets[at])).join(' and ')}: no answer ${why}`);
  }
  async function status(): Promise<AgentStatus & { healthy: boolean }> {
    const { stdout } = await node.run('swarmwall', ['status', '--json'], { reject: false });
    return JSON.parse(stdout) as AgentStatus & { healthy: boolean };
  }

  before(async function () {
    this.timeout(120_000);
    lab = await createLab({ nodes: 1, prefix: `compose-${String(process.pid)}` });
    node = lab.manager;
    for (const network of ['shop_default', 'wiki_default']) await node.docker(['network', 'create', network]);
    for (const container of SHOP) await start(container);
  });
  after(() => lab.destroy());

  it('is flat before', async () => {
    const [db, web] = [await addressOf('shop-db-1'), await addressOf('shop-web-1')];
    const two = [
      [db, 5432],
      [web, 8080],
    ] as const;
    await reached(inside('shop-hostile-1'), two, [true, true]);
    await reached(fromOutside(lab.outside), [[node.address, 5432]], [true]);
  });

  it('is guarded by the agent alone, which says so', async () => {
    await startAgent();
    const found = await eventually(async () => {
      const said = await status();
      assert.ok(said.healthy && said.health.programs.length === 2, JSON.stringify(said));
      return said;
    });
    assert.deepEqual(
      [found.swarm, found.containers?.projects, found.containers?.networks],
      ['inactive', ['shop'], ['shop_default']],
    );
  });

  it('connects whom the labels allow, and nobody else', async () => {
    const [web, api, db] = [
      await addressOf('shop-web-1'),
      await addressOf('shop-api-1'),
      await addressOf('shop-db-1'),
    ];
    const all = [
      [web, 8080],
      [api, 3000],
      [api, 3000, 'udp'],
      [db, 5432],
    ] as const;
    await reached(inside('shop-web-1'), all.slice(1), [true, false, false]);
    const others = all.filter(([address]) => address !== api);
    await reached(inside('shop-api-1'), others, [false, true]);
    await reached(inside('shop-db-1'), all.slice(0, 3), [false, false, false]);
    await reached(inside('shop-hostile-1'), all, [false, false, false, false]);
  });

  it('leaves another project alone, and keeps it apart', async () => {
    const [search, db, web] = [
      await addressOf('wiki-search-1'),
      await addressOf('shop-db-1'),
      await addressOf('shop-web-1'),
    ];
    const tried = [
      [search, 9200],
      [db, 5432],
      [web, 8080],
      [node.address, 5432],
    ] as const;
    await reached(inside('wiki-wiki-1'), tried, [true, false, false, false]);
    await reached(fromOutside(lab.outside), [[node.address, 81]], [true]);
  });

  it('lets clients to a published port by their address, and a container to the world by its egress', async () => {
    const by = (source: string) =>
      probe(fromOutside(lab.outside), { protocol: 'tcp', address: node.address, port: 80, source });
    await eventually(async () => assert.equal((await by(CLIENT)).observed, 'allowed'));
    assert.equal((await by(EXCEPTED)).observed, 'denied');
    await reached(fromOutside(lab.outside), [[node.address, 5432]], [false]);
    const listener = await lab.outside.spawn('socat', [
      'TCP-LISTEN:7000,fork,reuseaddr',
      'EXEC:"echo outside probe"',
    ]);
    await lab.outside.run('ip', ['route', 'replace', '172.16.0.0/12', 'via', node.address]);
    await reached(inside('shop-api-1'), [[CLIENT, 7000]], [true]);
    await reached(inside('shop-db-1'), [[CLIENT, 7000]], [false]);
    await listener.stop('SIGKILL');
  });

  it('judges the way through docker-proxy by the pair', async () => {
    await reached(inside('shop-api-1'), [[node.address, 5432]], [true]);
    await reached(inside('shop-hostile-1'), [[node.address, 5432]], [false]);
  });

  it('believes no container that calls itself another', async () => {
    const [db, api] = [await addressOf('shop-db-1'), await addressOf('shop-api-1')];
    const from = inside('shop-hostile-1');
    await node.docker(['exec', 'shop-hostile-1', 'ip', 'address', 'add', `${api}/16`, 'dev', 'eth0']);
    const [answer] = await probeAll(from, [{ protocol: 'tcp', address: db, port: 5432, source: api }]);
    assert.equal(answer?.observed, 'denied');
    await reached(inside('shop-api-1'), [[db, 5432]], [true], 'nor does ARP');
    await node.docker(['restart', '--time', '0', 'shop-hostile-1']);
  });

  it('answers why, from what runs here', async () => {
    const can = await node.run('swarmwall', ['can', 'shop/hostile', 'shop/db:5432'], { reject: false });
    assert.equal(can.exitCode, 1, can.stderr);
    assert.match(can.stdout, /denied +shop\/hostile → shop\/db:5432\/tcp/u);
    const said = await eventually(async () => {
      const { stdout } = await node.run('swarmwall', ['denied']);
      assert.match(stdout, /denied +shop\/hostile \(.*\) +shop\/db \(.*\) +5432\/tcp/u);
      return stdout;
    });
    assert.match(said, /bridge networks/u);
  });

  it('tells what passed and what did not, between containers and at published ports, and why', async () => {
    const since = new Date().toISOString();
    const [api, db] = [await addressOf('shop-api-1'), await addressOf('shop-db-1')];
    const from = (source: string) => ({ protocol: 'tcp', address: node.address, port: 80, source }) as const;
    await reached(inside('shop-web-1'), [[api, 3000]], [true]);
    await reached(inside('shop-hostile-1'), [[db, 5432]], [false]);
    await eventually(async () => {
      assert.equal((await probe(fromOutside(lab.outside), from(CLIENT))).observed, 'allowed');
    });
    assert.equal((await probe(fromOutside(lab.outside), from(EXCEPTED))).observed, 'denied');
    await reached(inside('shop-db-1'), [[CLIENT, 7000]], [false]);
    const wanted = [
      'allowed shop/web → shop/api:3000: an ingress rule of shop/api allows shop/web on 3000/tcp',
      'denied shop/hostile → shop/db:5432: no ingress rule of shop/db allows shop/hostile',
      `allowed world → shop/web:8080: an ingress rule of shop/web allows world (${CLIENT}) on 8080/tcp`,
      `denied world → shop/web:8080: no ingress rule of shop/web allows world (${EXCEPTED})`,
      `denied shop/db → world:7000: no egress rule of shop/db allows world (${CLIENT})`,
    ];
    await eventually(async () => {
      const { stdout, stderr } = await node.run('swarmwall', ['observe', '--json', '--since', since]);
      const flows = JSON.parse(stdout) as FlowRecord[];
      const name = ({ kind, service }: FlowRecord['source']) => service ?? kind;
      const said = flows.map(
        ({ verdict, source, destination, port, reason }) =>
          `${verdict} ${name(source)} → ${name(destination)}:${String(port)}: ${reason?.text ?? ''}`,
      );
      for (const line of wanted) assert.ok(said.includes(line), `${line} is not in ${said.join('\n')}`);
      assert.deepEqual([...new Set(flows.map(({ network }) => network))], ['shop_default']);
      assert.match(stderr, /of this node alone/);
    });
  });

  it('keeps up with containers that are restarted, made anew or changed', async () => {
    await node.docker(['restart', '--time', '0', 'shop-web-1', 'shop-api-1']);
    await node.docker(['rm', '--force', 'shop-hostile-1']);
    const api = SHOP.find(({ service }) => service === 'api');
    assert.ok(api);
    await start(api, 2);
    await eventually(async () => {
      const [second, db] = [await addressOf('shop-api-2'), await addressOf('shop-db-1')];
      await reached(inside('shop-web-1'), [[second, 3000]], [true]);
      await reached(inside('shop-api-2'), [[db, 5432]], [true]);
      await reached(inside('shop-web-1'), [[db, 5432]], [false]);
    });
  });

  it('holds while the agent is away, and is taken up where it was', async () => {
    await agent.stop('SIGKILL');
    const [api, db] = [await addressOf('shop-api-1'), await addressOf('shop-db-1')];
    const expected = async (): Promise<void> => {
      const two = [
        [api, 3000],
        [db, 5432],
      ] as const;
      await reached(inside('shop-web-1'), two, [true, false]);
    };
    await expected();
    await startAgent();
    await eventually(async () => {
      assert.equal((await status()).healthy, true);
    });
    await expected();
  });

  it('leaves nothing when it is uninstalled', async () => {
    await node.run('swarmwall', ['uninstall']);
    const [tables, sets, chains, bridges] = await Promise.all([
      node.run('nft', ['list', 'tables']),
      node.run('ipset', ['list', '-name']),
      node.run('iptables-save'),
      node.run('ip', ['-d', 'link', 'show', 'type', 'bridge']),
    ]);
    assert.doesNotMatch(tables.stdout, /swarmwall/u);
    assert.equal(sets.stdout, '');
    assert.doesNotMatch(chains.stdout, /SWARMWALL/u);
    assert.doesNotMatch(bridges.stdout, /nf_call_iptables 1/u);
    const [db] = [await addressOf('shop-db-1')];
    await reached(inside('shop-web-1'), [[db, 5432]], [true]);
  });
});
