import assert from 'node:assert/strict';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import { arrival, sees } from '../attack/world/arrival.ts';
import { ip6, UDP, udp } from '../kernel/lab/raw-ip.ts';
import { ethernet } from '../kernel/lab/raw-packets.ts';
import type { HeldStarts } from '../../plugin/api/types.ts';
import { cTool } from '../lab/c-tool.ts';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import { useRuntime } from '../lab/guard-runtime.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { fromOutside, probeAll, type ProbeTarget } from '../lab/probe.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Wire } from '../lab/wire/wire.ts';
import { gatewayOf } from './gateway-of.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { listenSix } from './listen-six.ts';
import { outcomes } from './observe.ts';
import { OWN, serveOwn } from './own-port.ts';
import { stackText } from './stack-text.ts';

const WORLD6 = '2001:db8:51::c8';
/** Of each node: outside, and on its docker_gwbridge. */
const PLACES = [
  { subnets: ['172.31.11.0/24', 'fd18:11::/64'], inside: 'fd18:11::1', outside: '2001:db8:51::b' },
  { subnets: ['172.31.12.0/24', 'fd18:12::/64'], inside: 'fd18:12::1', outside: '2001:db8:51::c' },
] as const;
const NOBODY = 'fd18:11::7777';
const PORT = { front: 8081, open: 8082 } as const;

const publishing = (published: number, ingress: string) => ({
  ports: [{ target: 80, published, mode: 'host' }],
  labels: { 'swarmwall.ingress': ingress },
});
const STACK = stackText({
  caged: { labels: { 'swarmwall.egress': 'none' } },
  free: {},
  friend: {},
  front: publishing(PORT.front, `${OUTSIDE_ADDRESSES[0]}/32:80`),
  open: publishing(PORT.open, 'world:80 friend:80'),
});

/** As an administrator does who wants it with IPv6: before the node is in a Swarm. */
async function labWithIpv6(): Promise<Lab> {
  const lab = await createLab({ prefix: `gateway6-${String(process.pid)}` });
  try {
    for (const [at, { subnets }] of PLACES.entries()) {
      const option = (name: string, value: string) => ['--opt', `com.docker.network.bridge.${name}=${value}`];
      await lab.nodes[at]!.docker([
        ...['network', 'create', '--driver', 'bridge', '--ipv6'],
        ...subnets.flatMap((subnet) => ['--subnet', subnet]),
        ...option('name', 'docker_gwbridge'),
        ...option('enable_icc', 'false'),
        ...option('enable_ip_masquerade', 'true'),
        'docker_gwbridge',
      ]);
    }
    await lab.swarm();
  } catch (error) {
    await lab.destroy();
    throw error;
  }
  return lab;
}

describe('docker_gwbridge that was made with IPv6, on two real nodes', () => {
  const swarm = guardedSwarm({ stacks: { six: STACK }, unguarded: true, ownLab: labWithIpv6 });
  const wires: Wire[] = [];
  let world: Wire;

  before(async () => {
    const { lab, both } = swarm;
    const has = (address: string) => ['address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad'];
    await lab.outside.run('ip', has(WORLD6));
    await serveOwn(lab.outside);
    for (const [at, node] of both.entries()) {
      const { outside, subnets } = PLACES[at]!;
      await node.run('ip', has(outside));
      // Engines before 27 translate nothing of IPv6: their tasks are answered at their own addresses.
      await lab.outside.run('ip', ['-6', 'route', 'add', subnets[1], 'via', outside]);
      await serveOwn(node);
      for (const name of ['front', 'open']) await listenSix(task(name, node), 80);
    }
    world = await wire([`--target=${String(lab.outside.init.pid)}`, '--net', await cTool('wire')]);
  });
  after(() => {
    for (const each of wires) each.stop();
  });

  async function wire(argv: readonly string[]): Promise<Wire> {
    const started = await Wire.start('nsenter', argv);
    wires.push(started);
    return started;
  }

  const task = (name: string, node: LabNode) => swarm.task(`six_${name}`, node);
  const tcp = (address: string, port: number): ProbeTarget => ({
    protocol: 'tcp',
    address: `[${address}]`,
    port,
  });
  const placed = () => PLACES.map((place, at) => ({ ...place, node: swarm.both[at]! }));

  type Expected = Parameters<typeof outcomes>[1];
  const all = (observed: Expected[number][1], targets: readonly ProbeTarget[]): Expected =>
    targets.map((target) => [target, observed]);
  const ownPorts = ({ inside, outside }: (typeof PLACES)[number]) => [tcp(inside, OWN), tcp(outside, OWN)];
  const everywhere = (place: (typeof PLACES)[number]) => [
    ...ownPorts(place),
    tcp(WORLD6, OWN),
    tcp(place.inside, PORT.front),
    tcp(place.inside, PORT.open),
  ];

  interface Sender {
    readonly own: string;
    say(source: string, text: string): void;
  }

  /** A task on the first node that sends what it likes. */
  async function sender(name: string): Promise<Sender> {
    const { one } = swarm;
    const from = task(name, one);
    const [v4, own] = [await gatewayOf(from), await gatewayOf(from, 'IPv6Address')];
    const bridge = (await one.run('cat', ['/sys/class/net/docker_gwbridge/address'])).stdout.trim();
    const raw = await wire(one.argv('docker', ['exec', '--interactive', from.container, 'wire']));
    const link = raw.links.find(({ address }) => address === v4);
    assert.ok(link !== undefined && own !== '', `${name} has ${JSON.stringify(raw.links)}, ${own}`);
    return {
      own,
      say: (source, text) => {
        const ends = { from: source, to: WORLD6 };
        const packet = ip6(ends, UDP, udp(ends, 4000, OWN, text));
        raw.frame(link.name, ethernet({ from: link.mac, to: bridge }, 0x86dd, packet));
      },
    };
  }

  let words = 0;
  const word = (): string => `word-${String(process.pid)}-${String(words++)}-`;

  /** Whether the world gets it; if not, it gets what an honest task says later on the same way. */
  function arrives(from: Sender, source: string, honest: Sender): Promise<'through' | 'stopped'> {
    const text = word();
    return arrival({
      send: () => {
        from.say(source, text);
      },
      arrived: sees(world, text),
      honest: () =>
        eventually(async () => {
          const later = word();
          honest.say(honest.own, later);
          assert.ok(await world.until(sees(world, later), 1_000), 'an honest packet is lost');
        }, 30_000),
    });
  }

  /** What a task sends on its own, in another's name, and in nobody's. */
  async function forgeries(): Promise<Readonly<Record<string, string>>> {
    const [caged, free] = [await sender('caged'), await sender('free')];
    return {
      'caged as itself': await arrives(caged, caged.own, free),
      'caged as free': await arrives(caged, free.own, free),
      'caged as nobody': await arrives(caged, NOBODY, free),
      'free as caged': await arrives(free, caged.own, free),
      'free as nobody': await arrives(free, NOBODY, free),
    };
  }
  const every = (outcome: string) =>
    Object.fromEntries(
      ['caged as itself', 'caged as free', 'caged as nobody', 'free as caged', 'free as nobody'].map(
        (name) => [name, outcome],
      ),
    );

  async function isOpen(): Promise<void> {
    for (const { node, ...place } of placed()) {
      for (const name of ['caged', 'free'])
        await outcomes(task(name, node).prober, all('allowed', everywhere(place)));
      const published = [tcp(place.outside, PORT.front), tcp(place.outside, PORT.open)];
      await outcomes(fromOutside(swarm.lab.outside), all('allowed', published));
    }
    await eventually(async () => {
      assert.deepEqual(await forgeries(), every('through'));
    }, 30_000);
  }

  it('leads everywhere without Swarmwall, in anybody’s name', isOpen);

  it('leads an isolated task nowhere, and no task to a service that does not take it', async () => {
    await swarm.agents.start();
    for (const { node, ...place } of placed()) {
      await outcomes(task('caged', node).prober, all('denied', everywhere(place)));
      const [front, open] = [tcp(place.inside, PORT.front), tcp(place.inside, PORT.open)];
      await outcomes(task('free', node).prober, [
        ...all('allowed', [...ownPorts(place), tcp(WORLD6, OWN)]),
        ...all('denied', [front, open]),
      ]);
      await outcomes(task('friend', node).prober, [
        [open, 'allowed'],
        [front, 'denied'],
      ]);
      await outcomes(fromOutside(swarm.lab.outside), [
        [tcp(place.outside, PORT.front), 'denied'],
        [tcp(place.outside, PORT.open), 'allowed'],
      ]);
    }
  });

  it('lets a task send only as itself', async () => {
    const refused = async (): Promise<number> => {
      const counter = ['list', 'counter', 'bridge', 'swarmwall_gateway', 'refused'];
      const { stdout } = await swarm.one.run('nft', counter);
      return Number(/packets (?<count>\d+)/u.exec(stdout)?.groups?.['count']);
    };
    const before = await refused();
    assert.deepEqual(await forgeries(), every('stopped'));
    assert.ok((await refused()) - before >= 4, 'they are counted');
  });

  it('leads it nowhere in its first moments, with the guard runtime', async () => {
    const { lab, agents, one, both } = swarm;
    for (const node of both) await useRuntime(node, 'swarmwall');
    const speak = async (name: string, ...options: readonly string[]): Promise<string> => {
      const text = word();
      const say = `echo ${text} | socat -u - UDP6-SENDTO:[${WORLD6}]:${String(OWN)}`;
      const script = `for each in $(seq 40); do ${say}; done; exec sleep 1000`;
      await one.docker([
        ...['service', 'create', '--detach', '--quiet', '--no-resolve-image', '--name', name],
        ...['--network', 'six_net', '--replicas', '8', ...options],
        ...['--entrypoint', '/bin/sh', 'swarmwall/demo:1', '-c', script],
      ]);
      return text;
    };
    const early = await speak('early', '--label', 'swarmwall.egress=none');
    await waitRunning(lab, ['early']);
    await agents.settled();
    const { starts } = await agents.ask<HeldStarts>(one, 'agent', '/v1/starts');
    assert.ok(starts.length >= 4 && starts.every(({ started }) => started), JSON.stringify(starts));
    const honest = await speak('honest');
    assert.ok(await world.until(sees(world, honest), 30_000));
    assert.equal(world.frames((bytes) => bytes.includes(early)).length, 0);
    await one.docker(['service', 'rm', 'early', 'honest']);
  });

  it('and `observe` tells what was refused, by whom', async () => {
    const ends = ({ node, source, destination, port, network }: FlowRecord): string => {
      const [from, to] = [source, destination].map(({ service, address }) => service ?? address);
      return `${node} ${network}: ${from} → ${to}:${String(port)}`;
    };
    // A line may be lost, which is counted: what is tried again is told again.
    const tryAgain = () =>
      Promise.all(
        placed().flatMap(({ node, ...place }) => [
          ...['caged', 'free'].map((name) => probeAll(task(name, node).prober, everywhere(place))),
          probeAll(fromOutside(swarm.lab.outside), [tcp(place.outside, PORT.front)]),
        ]),
      );
    let looks = 0;
    const noWayOut = 'by IPv6 the way of six/caged out of its networks is closed: ';
    await eventually(async () => {
      if (looks++ % 20 === 19) await tryAgain();
      const argv = ['observe', '--json', '--limit', '5000', '--since', '5m', '--verdict', 'denied'];
      const { stdout } = await swarm.one.run('swarmwall', argv);
      const flows = JSON.parse(stdout) as FlowRecord[];
      const told = new Map(flows.map((flow) => [ends(flow), flow.reason?.text ?? '']));
      for (const { node, inside, outside } of placed())
        for (const [way, why] of [
          [`six/caged → ${inside}:${String(OWN)}`, noWayOut],
          [`six/caged → ${outside}:${String(OWN)}`, noWayOut],
          [`six/caged → ${WORLD6}:${String(OWN)}`, noWayOut],
          ['six/free → six/front:80', 'no ingress rule of six/front allows six/free'],
          ['six/free → six/open:80', 'no ingress rule of six/open allows six/free'],
          [`${WORLD6} → six/front:80`, 'by IPv6 80/tcp of six/front is closed: '],
        ] as const) {
          const said = told.get(`${node.name} docker_gwbridge: ${way}`);
          assert.ok(said?.startsWith(why), `${way}: ${String(said)}, of ${[...told.keys()].join('\n')}`);
        }
      for (const each of told.keys())
        assert.doesNotMatch(each, /: six\/friend → six\/open|six\/free → [^s]/u);
    }, 30_000);
  });

  it('is as it was once Swarmwall is uninstalled', async () => {
    await swarm.agents.remove();
    for (const { node } of placed()) {
      const { stdout } = await node.run('nft', ['list', 'ruleset']);
      assert.doesNotMatch(stdout, /swarmwall/iu);
    }
    await isOpen();
  });
});
