import { type Client, startClient } from './client.ts';
import type { Request } from './peer-protocol.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './namespaces.ts';

const ROLES = ['task', 'task2', 'sandbox', 'client', 'excepted'] as const;
export type HostRole = (typeof ROLES)[number];

/**
 * A node as DOCKER-USER sees it: two tasks and ingress_sbox on docker_gwbridge, clients on an outside network, and a
 * FORWARD chain that jumps to DOCKER-USER.
 */
export interface HostLab {
  readonly address: Readonly<Record<HostRole, string>>;
  run(tool: string, args: readonly string[], input?: string): string;
  /** The namespace of a role, or of the node itself. */
  namespaceOf(role: HostRole | 'host'): string;
  /** Asks the role's own process. */
  ask(role: HostRole, request: Request): Promise<number | boolean>;
  connects(from: HostRole, to: HostRole, port: number): Promise<boolean>;
  /** To the node itself, by an address of its own. */
  reachesNode(from: HostRole, address: string, port: number): Promise<boolean>;
  /** No rule but DOCKER-USER with its RETURN, as engines up to 28.1 keep it; no set. */
  reset(): void;
  stop(): Promise<void>;
}

const ADDRESSES: Readonly<Record<HostRole, string>> = {
  task: '172.30.0.5',
  task2: '172.30.0.6',
  sandbox: '172.30.0.2',
  client: '198.51.100.2',
  excepted: '198.51.100.3',
};
const PORTS = [80, 81, 8080, 8081, 9000, 9001];

export async function createHostLab(): Promise<HostLab> {
  const host = namespaceName('host');
  const names = [host, ...ROLES.map(namespaceName)];
  removeNamespaces(names);
  process.once('exit', () => {
    removeNamespaces(names);
  });
  addNamespace(host);
  const run = (tool: string, args: readonly string[], input?: string) => inNamespace(host, tool, args, input);
  for (const [bridge, gateway] of [
    ['docker_gwbridge', '172.30.0.1/24'],
    ['outside', '198.51.100.1/24'],
  ] as const) {
    run('ip', ['link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
    run('ip', ['address', 'add', gateway, 'dev', bridge]);
    run('ip', ['link', 'set', bridge, 'up']);
  }
  run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1']);
  ROLES.forEach((role, index) => {
    wire(host, role, `port${index}`);
  });
  const node = await startClient(host);
  const clients = await Promise.all(ROLES.map((role) => startClient(namespaceName(role))));
  const byRole = Object.fromEntries(ROLES.map((role, index) => [role, clients[index]])) as Record<
    HostRole,
    Client
  >;
  for (const client of [node, ...clients])
    await Promise.all(PORTS.map((port) => client.ask({ do: 'listen', protocol: 'tcp', port })));
  let connections = 0;

  return {
    address: ADDRESSES,
    run,
    namespaceOf: namespaceName,
    ask: (role, request) => byRole[role].ask(request),
    async connects(from, to, port) {
      const name = `c${connections++}`;
      const open = await byRole[from].ask({ do: 'open', name, protocol: 'tcp', to: ADDRESSES[to], port });
      if (open === true) await byRole[from].ask({ do: 'close', name });
      return open === true;
    },
    async reachesNode(from, address, port) {
      const name = `c${connections++}`;
      const open = await byRole[from].ask({ do: 'open', name, protocol: 'tcp', to: address, port });
      if (open === true) await byRole[from].ask({ do: 'close', name });
      return open === true;
    },
    reset() {
      run('iptables', ['-F']);
      run('iptables', ['-X']);
      run('ipset', ['destroy']);
      run('iptables', ['-N', 'DOCKER-USER']);
      run('iptables', ['-A', 'DOCKER-USER', '-j', 'RETURN']);
      run('iptables', ['-I', 'FORWARD', '-j', 'DOCKER-USER']);
    },
    async stop() {
      await Promise.all([node, ...clients].map((client) => client.stop()));
      removeNamespaces(names);
    },
  };
}

function wire(host: string, role: HostRole, port: string): void {
  const namespace = namespaceName(role);
  const outside = role === 'client' || role === 'excepted';
  addNamespace(namespace);
  inNamespace(host, 'ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  inNamespace(host, 'ip', ['link', 'set', port, 'master', outside ? 'outside' : 'docker_gwbridge', 'up']);
  inNamespace(namespace, 'ip', ['address', 'add', `${ADDRESSES[role]}/24`, 'dev', 'eth0']);
  inNamespace(namespace, 'ip', ['link', 'set', 'eth0', 'up']);
  const gateway = outside ? '198.51.100.1' : '172.30.0.1';
  inNamespace(namespace, 'ip', ['route', 'add', 'default', 'via', gateway]);
}
