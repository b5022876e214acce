import { listTableArguments, parseObserved } from '../../../rules/nftables/observe.ts';
import type { Family, ObservedProgram } from '../../../rules/nftables/program.ts';
import { parseCounters } from '../../../rules/overlay/denied-flows.ts';
import type { LocalPort } from '../../../rules/overlay/local-ports.ts';
import { BRIDGES_TABLE } from '../../../rules/bridges/bridges.ts';
import { render, type Step } from '../../../rules/step.ts';
import { type Client, startClient } from './client.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './namespaces.ts';

/** `other` and `outside` are each on a bridge of their own. */
export const BRIDGE_ROLES = ['web', 'api', 'db', 'other', 'outside'] as const;
export type BridgeRole = (typeof BRIDGE_ROLES)[number];

export interface BridgePeer extends LocalPort {
  readonly namespace: string;
  readonly address: string;
  readonly client: Client;
}

/** A node with bridge networks: `br-one` with three containers, `br-two` with one, and a client beyond it. */
export interface BridgeLab {
  readonly peers: Readonly<Record<BridgeRole, BridgePeer>>;
  readonly bridgeMac: string;
  /** The node's. */
  readonly namespace: string;
  /** The node's own address on br-one. */
  readonly gateway: string;
  run(tool: string, args: readonly string[], input?: string): string;
  apply(steps: readonly Step[]): void;
  observe(): readonly ObservedProgram[];
  counter(family: Family, name: string): number;
  /** Whether br-one shows its frames to netfilter. */
  showFrames(shown: boolean): void;
  reset(): void;
  stop(): Promise<void>;
}

const NETS = { one: '10.89.1', two: '10.89.2', out: '198.51.100' } as const;
const NET_OF: Readonly<Record<BridgeRole, keyof typeof NETS>> = {
  web: 'one',
  api: 'one',
  db: 'one',
  other: 'two',
  outside: 'out',
};
export const BRIDGE_PORTS = [80, 8080];

export async function createBridgeLab(): Promise<BridgeLab> {
  const host = namespaceName('bridges');
  const names = [host, ...BRIDGE_ROLES.map(namespaceName)];
  removeNamespaces(names);
  process.once('exit', () => {
    removeNamespaces(names);
  });
  addNamespace(host);
  const run = (tool: string, args: readonly string[], input?: string) => inNamespace(host, tool, args, input);
  for (const [net, prefix] of Object.entries(NETS)) {
    run('ip', ['link', 'add', `br-${net}`, 'type', 'bridge', 'forward_delay', '0']);
    run('ip', ['address', 'add', `${prefix}.1/24`, 'dev', `br-${net}`]);
    run('ip', ['link', 'set', `br-${net}`, 'up']);
  }
  run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=0']);
  const wired = BRIDGE_ROLES.map((role, index) => wire(host, role, index + 2));
  const clients = await Promise.all([host, ...wired.map(({ namespace }) => namespace)].map(startClient));
  const [own, ...others] = clients;
  for (const client of clients)
    for (const protocol of ['tcp', 'udp'] as const)
      await Promise.all(BRIDGE_PORTS.map((port) => client.ask({ do: 'listen', protocol, port })));
  if (!own) throw new Error('no client on the node');
  const peers = Object.fromEntries(
    wired.map((peer, index) => [BRIDGE_ROLES[index], { ...peer, client: others[index] }]),
  ) as Record<BridgeRole, BridgePeer>;
  const list = (family: Family) => run('nft', listTableArguments(family, BRIDGES_TABLE));
  const has = (family: Family) => run('nft', ['list', 'tables', family]).includes(BRIDGES_TABLE);
  const showFrames = (shown: boolean) =>
    run('ip', ['link', 'set', 'br-one', 'type', 'bridge', 'nf_call_iptables', shown ? '1' : '0']);

  return {
    namespace: host,
    peers,
    bridgeMac: macOf(host, 'br-one'),
    gateway: `${NETS.one}.1`,
    run,
    apply(steps) {
      for (const step of steps) {
        const { tool, args, input, accept = [] } = render(step);
        try {
          run(tool, args, input);
        } catch (error) {
          if (!accept.includes((error as { status: number }).status)) throw error;
        }
      }
    },
    observe: () =>
      (['inet', 'bridge'] as const).flatMap((family) =>
        has(family) ? [parseObserved(list(family)) ?? []].flat() : [],
      ),
    counter: (family, name) => parseCounters(list(family))[name] ?? 0,
    showFrames,
    reset() {
      run('nft', ['flush', 'ruleset']);
      run('conntrack', ['-F']);
      showFrames(true);
    },
    async stop() {
      await Promise.all(clients.map((client) => client.stop()));
      removeNamespaces(names);
    },
  };
}

function wire(host: string, role: BridgeRole, last: number): Omit<BridgePeer, 'client'> {
  const namespace = namespaceName(role);
  const net = NET_OF[role];
  const port = `veth${last}`;
  const address = `${NETS[net]}.${last}`;
  const mac = `02:42:0a:59:00:0${last}`;
  addNamespace(namespace);
  inNamespace(host, 'ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  inNamespace(host, 'ip', ['link', 'set', port, 'master', `br-${net}`, 'up']);
  inNamespace(namespace, 'ip', ['link', 'set', 'eth0', 'address', mac, 'up']);
  inNamespace(namespace, 'ip', ['address', 'add', `${address}/24`, 'dev', 'eth0']);
  inNamespace(namespace, 'ip', ['route', 'add', 'default', 'via', `${NETS[net]}.1`]);
  return { namespace, port, address, mac, addresses: [address] };
}

function macOf(namespace: string, device: string): string {
  const [link] = JSON.parse(inNamespace(namespace, 'ip', ['-j', 'link', 'show', device])) as [
    { address: string },
  ];
  return link.address;
}
