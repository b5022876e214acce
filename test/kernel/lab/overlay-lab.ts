import { parseDenied, parseCounters, type DeniedFlow } from '../../../rules/overlay/denied-flows.ts';
import type { LocalPort } from '../../../rules/overlay/local-ports.ts';
import { listTableArguments, parseObserved } from '../../../rules/nftables/observe.ts';
import type { Family, ObservedProgram } from '../../../rules/nftables/program.ts';
import { render, type Step } from '../../../rules/step.ts';
import { type Client, startClient } from './client.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './namespaces.ts';

export const ROLES = ['a', 'b', 'c', 'd', 'remote'] as const;
export type Role = (typeof ROLES)[number];

export interface Endpoint extends LocalPort {
  readonly namespace: string;
  readonly address: string;
  readonly address6: string;
  readonly client: Client;
}

/** An overlay's namespace as Docker makes it: br0, a veth for each endpoint, and other nodes behind `vxlan0`. */
export interface OverlayLab {
  readonly namespace: string;
  readonly endpoints: Readonly<Record<Role, Endpoint>>;
  /** Of the local endpoints; their `addresses` are IPv4 only, as where the network has no IPv6. */
  readonly ports: readonly LocalPort[];
  readonly bridgeMac: string;
  apply(steps: readonly Step[]): void;
  nft(args: readonly string[], input?: string): string;
  /** Any program, in the overlay's namespace. */
  run(file: string, args: readonly string[]): string;
  observe(): readonly ObservedProgram[];
  denied(): readonly DeniedFlow[];
  counters(family: Family): Readonly<Record<string, number>>;
  /** The namespace with nothing loaded and no connection known. */
  reset(): void;
  stop(): Promise<void>;
}

export async function createOverlayLab(): Promise<OverlayLab> {
  const namespace = namespaceName('overlay');
  const names = [namespace, ...ROLES.map(namespaceName)];
  removeNamespaces(names);
  process.once('exit', () => {
    removeNamespaces(names);
  });
  addNamespace(namespace);
  const inside = (file: string, args: readonly string[], input?: string) =>
    inNamespace(namespace, file, args, input);
  const sysctl = (key: string, value: string) => inside('sysctl', ['-qw', `${key}=${value}`]);

  inside('ip', ['link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0']);
  inside('ip', ['address', 'add', '10.88.0.1/24', 'dev', 'br0']);
  inside('ip', ['link', 'set', 'br0', 'up']);
  sysctl('net.bridge.bridge-nf-call-iptables', '1');
  sysctl('net.bridge.bridge-nf-call-ip6tables', '1');
  // So that a frame to br0's own MAC would be routed on, if nothing stopped it.
  sysctl('net.ipv4.ip_forward', '1');
  sysctl('net.ipv4.conf.all.rp_filter', '0');

  const wired = ROLES.map((role, index) => wire(namespace, role, index + 2));
  const clients = await Promise.all(wired.map(({ namespace: own }) => startClient(own)));
  const endpoints = Object.fromEntries(
    wired.map((endpoint, index) => [ROLES[index], { ...endpoint, client: clients[index] }]),
  ) as Record<Role, Endpoint>;
  const list = (family: Family) => inside('nft', listTableArguments(family, 'swarmwall'));
  const has = (family: Family) => inside('nft', ['list', 'tables', family]).includes('swarmwall');

  return {
    namespace,
    endpoints,
    ports: wired
      .filter(({ port }) => port !== 'vxlan0')
      .map(({ port, mac, addresses }) => ({ port, mac, addresses })),
    bridgeMac: macOf(namespace, 'br0'),
    apply(steps) {
      for (const step of steps) {
        const { tool, args, input, accept = [] } = render(step);
        try {
          inside(tool, args, input);
        } catch (error) {
          if (!accept.includes((error as { status: number }).status)) throw error;
        }
      }
    },
    nft: (args, input) => inside('nft', args, input),
    run: (file, args) => inside(file, args),
    observe: () =>
      (['inet', 'bridge'] as const).flatMap((family) =>
        has(family) ? [parseObserved(list(family)) ?? []].flat() : [],
      ),
    denied: () => parseDenied(list('inet')),
    counters: (family) => parseCounters(list(family)),
    reset() {
      inside('nft', ['flush', 'ruleset']);
      inside('conntrack', ['-F']);
      inside('ip', ['neigh', 'flush', 'all']);
    },
    async stop() {
      await Promise.all(clients.map((client) => client.stop()));
      removeNamespaces(names);
    },
  };
}

function wire(overlay: string, role: Role, host: number): Omit<Endpoint, 'client'> {
  const namespace = namespaceName(role);
  const port = role === 'remote' ? 'vxlan0' : `veth${host}`;
  const address = `10.88.0.${host}`;
  const address6 = `fd88::${host}`;
  const mac = `02:42:0a:58:00:0${host}`;
  addNamespace(namespace);
  inNamespace(overlay, 'ip', [
    'link',
    'add',
    port,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespace,
  ]);
  inNamespace(overlay, 'ip', ['link', 'set', port, 'master', 'br0', 'up']);
  // br0 has no spanning tree to wait for, and no time to: ports forward at once.
  // Nobody is asked whether an address is his already: all would wait for it.
  inNamespace(namespace, 'sysctl', ['-qw', 'net.ipv6.conf.eth0.accept_dad=0']);
  inNamespace(namespace, 'ip', ['link', 'set', 'eth0', 'address', mac, 'up']);
  inNamespace(namespace, 'ip', ['address', 'add', `${address}/24`, 'dev', 'eth0']);
  inNamespace(namespace, 'ip', ['address', 'add', `${address6}/64`, 'dev', 'eth0', 'nodad']);
  return { namespace, port, address, address6, mac, addresses: [address] };
}

export function macOf(namespace: string, device: string): string {
  const [link] = JSON.parse(inNamespace(namespace, 'ip', ['-j', 'link', 'show', device])) as [
    { address: string },
  ];
  return link.address;
}
