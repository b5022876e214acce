import type { Policy, ServicePort } from '../../compose-ext/policy-model.ts';
import { loadSoundStacks } from '../../plugin/cli/load-stacks.ts';
import type { LiveCluster } from '../../plugin/map/map-source.ts';
import { clusterFromModel } from '../../rules/cluster-from-model.ts';
import type { FlowEnd, FlowRecord, FlowVerdict } from '../../rules/flows/flow-record.ts';
import type { ClusterService, StackSettings } from '../../rules/network-policy.ts';

const ORIGIN = { file: 'compose.yaml', line: 12, column: 9 };
const NETWORK = { subnets: ['10.0.1.0/24'], encrypted: true, ingress: false };

export interface ShownCluster {
  readonly cluster: LiveCluster;
  readonly flows: readonly FlowRecord[];
}

type Pair = readonly [from: string, to: string, port: number, verdict?: FlowVerdict, protocol?: string];

/** The demo's stacks, with what it tries: its own traffic, and an attacker's. */
export async function votingCluster(now: number): Promise<ShownCluster> {
  const io = {
    stdout: { isTTY: false, write: () => undefined },
    stderr: { isTTY: false, write: () => undefined },
    ...{ env: {}, cwd: process.cwd(), readStdin: () => Promise.resolve(Buffer.alloc(0)) },
  };
  const files = ['compose', 'monitoring', 'attacker'].map((name) => ({
    file: `examples/voting/${name}.yaml`,
  }));
  const { model } = await loadSoundStacks(io, files);
  const { stacks, services } = clusterFromModel(model);
  const keys = services.map(({ key }) => key);
  const nodes = ['node1', 'node2'];
  const pairs: readonly Pair[] = [
    ['world', 'voting/vote', 80],
    ['world', 'voting/result', 80],
    ['voting/vote', 'voting/api', 3000],
    ['voting/result', 'voting/api', 3000],
    ['voting/api', 'voting/db', 5432],
    ['voting/api', 'voting/queue', 6379],
    ['voting/worker', 'voting/queue', 6379],
    ['voting/worker', 'voting/db', 5432],
    ['voting/api', 'monitoring/statsd', 8125, 'allowed', 'udp'],
    ['voting/vote', 'monitoring/statsd', 8125, 'allowed', 'udp'],
    ['monitoring/prometheus', 'voting/api', 9100],
    ['monitoring/prometheus', 'voting/vote', 9100],
    ['attacker/attacker', 'voting/db', 5432, 'denied'],
    ['attacker/attacker', 'voting/queue', 6379, 'denied'],
    ['attacker/attacker', 'voting/api', 3000, 'denied'],
    ['voting/vote', 'voting/db', 5432, 'denied'],
    ['attacker/attacker', 'monitoring/prometheus', 9090, 'would-deny'],
  ];
  return {
    cluster: {
      ...{ stacks, services },
      networks: [{ id: 'n1', name: 'demo', ...NETWORK }],
      members: new Map([['n1', new Set(keys)]]),
      nodesOf: new Map(keys.map((key) => [key, nodes])),
    },
    flows: pairs.map((pair, index) => flow(pair, now - index * 7_000)),
  };
}

export function flow([from, to, port, verdict = 'allowed', protocol = 'tcp']: Pair, at: number): FlowRecord {
  const [file, line] = ['examples/voting/compose.yaml', 72];
  return {
    ...{ first: at, last: at, node: 'node1', network: 'demo', direction: 'local', protocol, port, verdict },
    ...{ source: endOf(from, '10.0.1.9'), destination: endOf(to, '10.0.1.7') },
    ...{ mode: 'enforce', connections: 3, packets: 24, bytes: 9_300 },
    reason: { policy: to, text: `${verdict} by the ingress rules of ${to}`, file, line },
  };
}

function endOf(key: string, address: string): FlowEnd {
  if (key === 'world') return { kind: 'world', address: '198.51.100.7' };
  const [stack = '', name = ''] = key.split('/');
  return { kind: 'service', address, service: key, stack, task: `${name}.1` };
}

const STACKS =
  'shop billing search identity media mail ledger fraud stock orders reports crm chat maps ads video edge data audit ops';
const SERVICES = 'gateway web api auth orders worker cache db queue metrics';
/** Within each stack, by place in `SERVICES`. */
const WITHIN: readonly (readonly [from: number, to: number])[] = [
  ...([
    [0, 1],
    [0, 2],
    [1, 2],
    [1, 3],
    [2, 3],
    [2, 4],
    [2, 6],
    [2, 7],
    [2, 8],
    [3, 6],
    [3, 7],
  ] as const),
  ...([
    [4, 7],
    [4, 8],
    [4, 6],
    [5, 7],
    [5, 8],
    [5, 6],
    [9, 0],
    [9, 1],
    [9, 2],
    [9, 4],
    [9, 5],
  ] as const),
];

/** 200 services in 20 stacks, 1,000 pairs that may talk; some do, some never did, and some are denied. */
export function largeCluster(now: number): ShownCluster {
  const [stackNames, names] = [STACKS.split(' '), SERVICES.split(' ')];
  const key = (stack: number, service: number): string => `${stackNames[stack % 20]!}/${names[service]!}`;
  const pairs = new Set<string>();
  for (let stack = 0; stack < 20; stack++)
    for (const [from, to] of WITHIN) pairs.add(`${key(stack, from)} ${key(stack, to)}`);
  const random = dice(42);
  while (pairs.size < 1_000) {
    const from = random(20);
    // Most ask a neighbour's API, and everybody a few shared ones.
    const to = random(3) === 0 ? [3, 6, 17, 19][random(4)]! : from + 1 + random(3);
    if (to % 20 !== from)
      pairs.add(`${key(from, [1, 2, 4, 5, 9][random(5)]!)} ${key(to, [0, 2, 3, 9][random(4)]!)}`);
  }
  const list = [...pairs].map((pair) => pair.split(' ') as [string, string]);
  const keys = stackNames.flatMap((stack) => names.map((name) => `${stack}/${name}`));
  const stacks = stackNames.map(stackNamed);
  const services = keys.map((to) =>
    service(
      to,
      list.filter((pair) => pair[1] === to).map(([from]) => from),
    ),
  );
  const flows = list
    .filter(() => random(10) < 7)
    .map(([from, to], index) => flow([from, to, 8080], now - index * 400));
  for (let index = 0; index < 24; index++) {
    const pair: Pair = [
      key(random(20), 5),
      key(random(20), 7),
      5432,
      index % 3 === 0 ? 'would-deny' : 'denied',
    ];
    if (pair[0] !== pair[1]) flows.push(flow(pair, now - index * 900));
  }
  return {
    cluster: {
      ...{ stacks, services },
      networks: [{ id: 'n1', name: 'all', ...NETWORK }],
      members: new Map([['n1', new Set(keys)]]),
      nodesOf: new Map(keys.map((each, index) => [each, [`node${(index % 9) + 1}`]])),
    },
    flows,
  };
}

export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</text></svg><script>window.taken=1</script>',
  '\u202Eevil\u202C\u001b[31mred\u0007',
  'שלום-עולם',
  `long-${'x'.repeat(600)}`,
  '__proto__',
  'constructor',
  '"quoted"&amp;',
];

/** Names as an attacker would choose them, in stacks and services, policies and files. */
export function hostileCluster(now: number): ShownCluster {
  const keys = HOSTILE.map((name) => `${name.replaceAll('/', '_')}/${name.replaceAll('/', '_')}`);
  const services = keys.map((to, index) => service(to, keys.slice(index + 1, index + 3), HOSTILE[0]!));
  return {
    cluster: {
      stacks: services.map(({ stack }) => stackNamed(stack)),
      services,
      networks: [{ id: 'n1', name: HOSTILE[1]!, ...NETWORK }],
      members: new Map([['n1', new Set(keys)]]),
      nodesOf: new Map(keys.map((key) => [key, [HOSTILE[0]!]])),
    },
    flows: keys.slice(1).map((key) => flow([key, keys[0]!, 80, 'denied'], now)),
  };
}

function stackNamed(name: string): StackSettings {
  const defaults = { ingress: 'deny', egress: 'allow' } as const;
  return { name, labels: { name }, annotated: true, defaults, mode: 'enforce', origin: ORIGIN };
}

function service(key: string, from: readonly string[], file = 'compose.yaml'): ClusterService {
  const [stack = '', name = ''] = key.split('/');
  const origin = { ...ORIGIN, file };
  const policy: Policy = {
    ...{ name: `${name}.ingress`, stack, target: { kind: 'service', service: name } },
    ...{ directions: ['ingress'], egress: [], origin },
    ingress: from.map((peer) => {
      const [peerStack = '', peerName = ''] = peer.split('/');
      return {
        peers: [{ kind: 'service', stack: peerStack, service: peerName }],
        ports: [{ protocol: 'tcp', port: 8080 }],
        origin,
      };
    }),
  };
  const ports: ServicePort[] = [{ protocol: 'tcp', target: 8080 }];
  return { key, stack, name, labels: {}, ports, policies: [policy] };
}

/** Always the same sequence. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}
