import type { LabNode } from '../lab/node.ts';
import type { Attack, Outcome } from './attack.ts';
import { arp, ethernet, TYPE } from './packet/ethernet.ts';
import { cut, fragments } from './packet/ip4.ts';
import { PROTOCOL, udp4, udpBytes } from './packet/transport.ts';
import { VXLAN_PORT, vxlan } from './packet/tunnel.ts';
import { arrival, sees } from './world/arrival.ts';
import type { Place } from './world/place.ts';
import { CLIENT, PORT } from './world/stack.ts';
import type { World } from './world/world.ts';

const FROM_NODES = "VXLAN is taken from the Swarm's nodes only";
const NOT_FROM_CONTAINERS = 'no container may send to the port of VXLAN, on whichever node';

/** The kernel itself drops a known MAC that comes from another node's address than it is at. */
const MADE_UP_MAC = '02:42:0a:77:77:78';

/** A friend's datagram to the victim, as the overlay would carry it. */
const inner = (world: World, friend: Place, victim: Place, token: string): Buffer => {
  const between = { from: friend.overlay.address, to: victim.overlay.address };
  const packet = udp4(between, { source: world.sourcePort(), target: PORT.victim.udp }, token);
  return ethernet({ from: MADE_UP_MAC, to: victim.overlay.mac }, TYPE.ip4, packet);
};

interface Injection {
  /** Whose victim, and which friend it claims to be. */
  readonly victim: LabNode;
  readonly friend: LabNode;
  readonly send: (frame: Buffer) => void;
  readonly frame?: (token: string) => Buffer;
}

function inject(world: World, { victim, friend, send, frame }: Injection): Promise<Outcome> {
  const target = world.on('victim', victim);
  const token = world.token();
  const other = victim === world.one ? world.two : world.one;
  return arrival({
    send: () => {
      send(frame?.(token) ?? inner(world, world.on('friend', friend), target, token));
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(other, target),
  });
}

const ports = (world: World): { source: number; target: number } => ({
  source: world.sourcePort(),
  target: VXLAN_PORT,
});

const fromOutside = (world: World, node: LabNode) => (frame: Buffer) => {
  const between = { from: CLIENT, to: node.address };
  world.outside.packet(udp4(between, ports(world), vxlan(world.network.vxlan, frame)));
};

const fromContainer = (world: World, address: string, as?: string) => (frame: Buffer) => {
  const source = world.on('attacker', world.one);
  const between = { from: as ?? source.gateway.address, to: address };
  source.wire.packet(udp4(between, ports(world), vxlan(world.network.vxlan, frame)));
};

export const UNDERLAY: readonly Attack[] = [
  {
    name: 'VXLAN from a host outside',
    area: 'underlay',
    from: 'outside host',
    does: "sends the node a datagram to port 4789 with a friend's frame inside, as another node would",
    stoppedBy: FROM_NODES,
    attempt: (world) =>
      inject(world, { victim: world.one, friend: world.two, send: fromOutside(world, world.one) }),
  },
  {
    name: "VXLAN from outside in a local task's name",
    area: 'underlay',
    from: 'outside host',
    does: 'the same as a friend who is on that very node',
    stoppedBy: FROM_NODES,
    attempt: (world) =>
      inject(world, { victim: world.one, friend: world.one, send: fromOutside(world, world.one) }),
  },
  {
    name: 'VXLAN from outside in fragments',
    area: 'underlay',
    from: 'outside host',
    does: 'the same in two pieces, of which one alone names port 4789',
    stoppedBy: FROM_NODES,
    attempt: (world) =>
      inject(world, {
        victim: world.one,
        friend: world.two,
        send: (frame) => {
          const between = { from: CLIENT, to: world.one.address };
          const bytes = udpBytes(between, ports(world), vxlan(world.network.vxlan, frame));
          world.outside.packet(...fragments(between, PROTOCOL.udp, cut(bytes, 64)));
        },
      }),
  },
  {
    name: 'an ARP lie by VXLAN from outside',
    area: 'underlay',
    from: 'outside host',
    does: 'tells the victim that an address is elsewhere',
    stoppedBy: FROM_NODES,
    attempt: (world) => {
      const victim = world.on('victim', world.one);
      // Nobody's address: a believed lie about a friend would break the honest connection.
      const lie = { mac: '02:42:0a:55:55:55', ip: victim.overlay.address.replace(/\d+$/, '252') };
      const told = { mac: victim.overlay.mac, ip: victim.overlay.address };
      const frame = { from: MADE_UP_MAC, to: victim.overlay.mac };
      return inject(world, {
        victim: world.one,
        friend: world.two,
        send: fromOutside(world, world.one),
        frame: (token) =>
          ethernet(frame, TYPE.arp, Buffer.concat([arp('request', lie, told), Buffer.from(token)])),
      });
    },
  },
  {
    name: 'VXLAN from a container to its own node',
    area: 'underlay',
    from: 'attacker, same node',
    does: "sends to port 4789 of its node's address by docker_gwbridge: the kernel takes it for another node's",
    stoppedBy: NOT_FROM_CONTAINERS,
    attempt: (world) =>
      inject(world, {
        victim: world.one,
        friend: world.two,
        send: fromContainer(world, world.one.address),
      }),
  },
  {
    name: "VXLAN from a container in another node's name",
    area: 'underlay',
    from: 'attacker, same node',
    does: "the same with another node's address as its source",
    stoppedBy: 'on docker_gwbridge, too, a container may send only as itself',
    attempt: (world) =>
      inject(world, {
        victim: world.one,
        friend: world.two,
        send: fromContainer(world, world.one.address, world.two.address),
      }),
  },
  {
    name: "VXLAN from a container to its bridge's address",
    area: 'underlay',
    from: 'attacker, same node',
    does: "the same to docker_gwbridge's own address, which is the node's, too",
    stoppedBy: NOT_FROM_CONTAINERS,
    attempt: (world) =>
      inject(world, {
        victim: world.one,
        friend: world.two,
        send: fromContainer(
          world,
          world.on('attacker', world.one).gateway.address.replace(/\d+\.\d+$/, '0.1'),
        ),
      }),
  },
  {
    name: 'VXLAN from a container to another node',
    area: 'underlay',
    from: 'attacker, another node',
    does: "the same to another node, where masquerading makes it come from this node's own address",
    stoppedBy: NOT_FROM_CONTAINERS,
    attempt: (world) =>
      inject(world, {
        victim: world.two,
        friend: world.one,
        send: fromContainer(world, world.two.address),
      }),
  },
];
