import type { Attack, Outcome } from './attack.ts';
import { arp, ethernet, TYPE } from './packet/ethernet.ts';
import { icmp4, tcp4, udp4, FLAGS } from './packet/transport.ts';
import { arrival, dialling, sees } from './world/arrival.ts';
import { CLIENT, PORT, STRANGER } from './world/stack.ts';
import type { World } from './world/world.ts';

const NOT_NAMED = 'what leaves by docker_gwbridge goes only where the policy says';
const GUARD = 'on docker_gwbridge, too, a container may send only as itself';

interface Leaving {
  readonly name: string;
  readonly does: string;
  readonly stoppedBy: string;
  readonly packet: (world: World, token: string) => Uint8Array;
}

/** A packet of the caged service's that must not reach the outside host. */
const leaving = ({ packet, ...attack }: Leaving): Attack => ({
  ...attack,
  area: 'egress',
  from: 'caged',
  attempt: async (world) => {
    const source = world.on('caged', world.one);
    const token = world.token();
    const { stdout } = await world.one.run('cat', ['/sys/class/net/docker_gwbridge/address']);
    const frame = { from: source.gateway.mac, to: stdout.trim() };
    return arrival({
      send: () => {
        source.wire.frame(source.gateway.name, ethernet(frame, TYPE.ip4, packet(world, token)));
      },
      arrived: sees(world.outside, token),
      honest: () => world.honestLeaving(source),
    });
  },
});

const caged = (world: World): string => world.on('caged', world.one).gateway.address;
const datagram = (world: World, from: string, token: string): Buffer =>
  udp4({ from, to: CLIENT }, { source: world.sourcePort(), target: PORT.outside.allowed }, token);

export const EGRESS: readonly Attack[] = [
  {
    name: 'out to a denied port',
    area: 'egress',
    from: 'caged',
    does: 'connects to a port outside that its policy does not name',
    stoppedBy: NOT_NAMED,
    attempt: (world) => out(world, CLIENT, PORT.outside.denied),
  },
  {
    name: 'out to another host',
    area: 'egress',
    from: 'caged',
    does: 'connects to the allowed port of an address that its policy does not name',
    stoppedBy: NOT_NAMED,
    attempt: (world) => out(world, STRANGER, PORT.outside.allowed),
  },
  leaving({
    name: 'out by UDP',
    does: 'sends a datagram to the port that it may use by TCP',
    stoppedBy: NOT_NAMED,
    packet: (world, token) => datagram(world, caged(world), token),
  }),
  leaving({
    name: 'out by echo requests',
    does: 'carries its data out in ICMP',
    stoppedBy: NOT_NAMED,
    packet: (world, token) => icmp4({ from: caged(world), to: CLIENT }, [8, 0], 0x5a5a0001, token),
  }),
  leaving({
    name: 'out by a segment from mid-stream',
    does: 'sends data in an ACK of no connection',
    stoppedBy: NOT_NAMED,
    packet: (world, token) =>
      tcp4(
        { from: caged(world), to: CLIENT },
        { source: world.sourcePort(), target: PORT.outside.denied, flags: FLAGS.ack | FLAGS.push },
        token,
      ),
  }),
  leaving({
    name: "out in another task's name",
    does: 'sends by docker_gwbridge with the address of a task there that may leave',
    stoppedBy: GUARD,
    packet: (world, token) => datagram(world, world.on('attacker', world.one).gateway.address, token),
  }),
  leaving({
    name: "out in nobody's name",
    does: 'sends by docker_gwbridge from an address of its subnet that no task has',
    stoppedBy: GUARD,
    packet: (world, token) => datagram(world, caged(world).replace(/\d+\.\d+$/, '77.77'), token),
  }),
  leaving({
    name: "out with the overlay's address",
    does: 'sends by docker_gwbridge with the address that it has on the overlay',
    stoppedBy: GUARD,
    packet: (world, token) => datagram(world, world.on('caged', world.one).overlay.address, token),
  }),
];

function out(world: World, address: string, port: number): Promise<Outcome> {
  const source = world.on('caged', world.one);
  return dialling(source.wire, { protocol: 'tcp', address, port }, world.token(), () =>
    world.honestLeaving(source),
  );
}

/** Frames from one task to another over docker_gwbridge, where all tasks of a node are. */
const across = (
  attack: Pick<Attack, 'name' | 'does' | 'stoppedBy'>,
  frame: (world: World, token: string) => Uint8Array,
): Attack => ({
  ...attack,
  area: 'egress',
  from: 'attacker, same node',
  attempt: (world) => {
    const [source, target] = [world.on('attacker', world.one), world.on('victim', world.one)];
    const token = world.token();
    return arrival({
      send: () => {
        source.wire.frame(source.gateway.name, frame(world, token));
      },
      arrived: sees(target.wire, token),
      honest: () => world.honestClient(world.on('edge', world.one)),
    });
  },
});

const macs = (world: World): { from: string; to: string } => ({
  from: world.on('attacker', world.one).gateway.mac,
  to: world.on('victim', world.one).gateway.mac,
});

export const GATEWAY: readonly Attack[] = [
  across(
    {
      name: 'an unknown ethertype by docker_gwbridge',
      does: "sends frames that IP's rules never see to a task of another service by the bridge that all tasks share",
      stoppedBy: GUARD,
    },
    (world, token) => ethernet(macs(world), 0x9999, Buffer.from(token)),
  ),
  across(
    {
      name: 'ARP lies by docker_gwbridge',
      does: "tells a task that the way out is the attacker's MAC, and reads what it sends to the world",
      stoppedBy: GUARD,
    },
    (world, token) => {
      const { from, to } = macs(world);
      const victim = world.on('victim', world.one).gateway;
      // Nobody's address: a believed lie about the gateway would break honest connections.
      const lie = { mac: from, ip: victim.address.replace(/\d+\.\d+$/, '77.78') };
      const bytes = arp('reply', lie, { mac: to, ip: victim.address });
      return ethernet({ from, to }, TYPE.arp, Buffer.concat([bytes, Buffer.from(token)]));
    },
  ),
];
