import { setTimeout as sleep } from 'node:timers/promises';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './namespaces.ts';

/** A node with a VXLAN device for each network, another node, and a host that is none. */
export interface UnderlayLab {
  readonly address: Readonly<Record<Role, string>>;
  /** On the node. */
  run(tool: string, args: readonly string[], input?: string): string;
  /** Whether a frame that is sent to the node reaches its VXLAN device. */
  arrives(from: 'peer' | 'stranger', vni: number): Promise<boolean>;
  /** Whether a frame that a container on the node sends to the peer, reaches the peer's VXLAN device. */
  relays(vni: number): Promise<boolean>;
  /** Whether a frame that the node sends reaches the peer's VXLAN device. */
  leaves(vni: number): Promise<boolean>;
  stop(): void;
}

type Role = 'node' | 'peer' | 'stranger' | 'guest';

const ADDRESSES: Readonly<Record<Role, string>> = {
  node: '198.51.100.11',
  peer: '198.51.100.12',
  stranger: '198.51.100.200',
  guest: '172.31.0.2',
};
/** One that arrives mostly does so before the sender's call returns, but a busy kernel may put it off. */
const TRIES = 8;
const WAIT = 25;

export function createUnderlayLab(vnis: readonly number[]): UnderlayLab {
  const roles = Object.keys(ADDRESSES) as Role[];
  const names = roles.map(namespaceName);
  removeNamespaces(names);
  process.once('exit', () => {
    removeNamespaces(names);
  });
  const at = (role: Role, tool: string, args: readonly string[], input?: string): string =>
    inNamespace(namespaceName(role), tool, args, input);
  for (const role of roles) addNamespace(namespaceName(role));
  at('node', 'ip', ['link', 'add', 'fabric', 'type', 'bridge', 'forward_delay', '0']);
  at('node', 'ip', ['address', 'add', `${ADDRESSES.node}/24`, 'dev', 'fabric']);
  at('node', 'ip', ['link', 'set', 'fabric', 'up']);
  for (const role of ['peer', 'stranger'] as const) {
    const guest = namespaceName(role);
    at('node', 'ip', ['link', 'add', role, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', guest]);
    at('node', 'ip', ['link', 'set', role, 'master', 'fabric', 'up']);
    at(role, 'ip', ['address', 'add', `${ADDRESSES[role]}/24`, 'dev', 'eth0']);
    at(role, 'ip', ['link', 'set', 'eth0', 'up']);
  }
  at('node', 'ip', [
    'link',
    'add',
    'guest',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespaceName('guest'),
  ]);
  at('node', 'ip', ['address', 'add', '172.31.0.1/24', 'dev', 'guest']);
  at('node', 'ip', ['link', 'set', 'guest', 'up']);
  at('guest', 'ip', ['address', 'add', `${ADDRESSES.guest}/24`, 'dev', 'eth0']);
  at('guest', 'ip', ['link', 'set', 'eth0', 'up']);
  at('guest', 'ip', ['route', 'add', 'default', 'via', '172.31.0.1']);
  at('node', 'sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  for (const [role, remote] of [
    ['node', 'peer'],
    ['peer', 'node'],
    ['stranger', 'node'],
    ['guest', 'peer'],
  ] as const)
    for (const vni of vnis) {
      const device = deviceOf(vni);
      const kind = ['type', 'vxlan', 'id', String(vni), 'dstport', '4789', 'remote', ADDRESSES[remote]];
      at(role, 'ip', ['link', 'add', device, ...kind]);
      at(role, 'sysctl', ['-qw', `net.ipv6.conf.${device}.disable_ipv6=1`]);
      at(role, 'ip', ['link', 'set', device, 'up']);
    }

  function received(role: Role, vni: number): number {
    const [link] = JSON.parse(at(role, 'ip', ['-s', '-j', 'link', 'show', deviceOf(vni)])) as [
      { readonly stats64: { readonly rx: { readonly packets: number } } },
    ];
    return link.stats64.rx.packets;
  }

  async function crosses(from: Role, to: Role, vni: number): Promise<boolean> {
    const before = received(to, vni);
    for (let sent = 0; sent < TRIES; sent += 1) {
      at(from, 'socat', ['-u', '-', `INTERFACE:${deviceOf(vni)}`], FRAME);
      if (received(to, vni) > before) return true;
      await sleep(WAIT);
    }
    return received(to, vni) > before;
  }

  return {
    address: ADDRESSES,
    run: (tool, args, input) => at('node', tool, args, input),
    arrives: (from, vni) => crosses(from, 'node', vni),
    relays: (vni) => crosses('guest', 'peer', vni),
    leaves: (vni) => crosses('node', 'peer', vni),
    stop: () => {
      removeNamespaces(names);
    },
  };
}

/** To a group, so that every device takes it; of a type for experiments. */
const FRAME = `${'\u007f'.repeat(6)}\u0002${'\u0001'.repeat(5)}\b\u0005${'x'.repeat(46)}`;

function deviceOf(vni: number): string {
  return `vx${vni}`;
}
