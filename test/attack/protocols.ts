import type { Attack, Outcome } from './attack.ts';
import { macs, addresses, onOverlay, type OverlayAttack, type Scene } from './on-overlay.ts';
import { ip4Bytes, join, long, short } from './packet/bytes.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { ip4 } from './packet/ip4.ts';
import { FLAGS, icmp4, PROTOCOL, tcp4, udp4, udpBytes } from './packet/transport.ts';
import { ip6, madeUp } from './packet/tunnel.ts';
import { dialling } from './world/arrival.ts';
import { PORT } from './world/stack.ts';
import type { World } from './world/world.ts';

const DENIED = 'no allow of the pair has that protocol and port';
const PAIR = 'anything that no allow of the pair names is denied, whatever its protocol';

/** What an IP packet of its own can do, from one who may send nothing. */
function packet(attack: Omit<OverlayAttack, 'area' | 'frames'>, make: (scene: Scene) => Uint8Array): Attack {
  return onOverlay({
    ...attack,
    area: 'protocols',
    frames: (scene) => [ethernet(macs(scene), TYPE.ip4, make(scene))],
  });
}

const data = (scene: Scene): Buffer => Buffer.from(scene.token);
const ports = ({ sourcePort }: Scene, target: number): { source: number; target: number } => ({
  source: sourcePort,
  target,
});

export const PROTOCOLS: readonly Attack[] = [
  plain('a plain connection', false),
  plain('a plain connection, across nodes', true),
  {
    name: 'an allowed service at a denied port',
    area: 'protocols',
    from: 'friend, same node',
    does: 'connects, as it may, to the service, but to a port that it may not use',
    stoppedBy: DENIED,
    attempt: (world) => connecting(world, 'friend', false),
  },
  packet(
    {
      name: "past its own namespace's rules",
      does: "sends by a packet socket, which the task's own OUTPUT chain never sees",
      stoppedBy: "rules are in the overlay's namespace, not in the container's",
      across: true,
    },
    (scene) => udp4(addresses(scene), ports(scene, PORT.victim.udp), data(scene)),
  ),
  packet(
    {
      name: 'a SYN with data',
      does: 'puts all it has to say into the first packet (TCP Fast Open)',
      stoppedBy: DENIED,
    },
    (scene) =>
      tcp4(addresses(scene), { ...ports(scene, PORT.victim.allowed), flags: FLAGS.syn }, data(scene)),
  ),
  packet(
    {
      name: 'an allowed port as the source port',
      does: 'sends from port 5432, so that it looks like an answer',
      stoppedBy: 'answers are known by their connection, not by their port',
    },
    (scene) => udp4(addresses(scene), { source: PORT.victim.udp, target: scene.sourcePort }, data(scene)),
  ),
  packet(
    { name: 'port 0', from: 'friend', does: 'sends to port 0, which no rule can name', stoppedBy: DENIED },
    (scene) => udp4(addresses(scene), ports(scene, 0), data(scene)),
  ),
  packet(
    {
      name: 'an echo tunnel',
      does: 'carries its data in ICMP echo requests',
      stoppedBy: PAIR,
    },
    (scene) => icmp4(addresses(scene), [8, 0], 0x5a5a0001, data(scene)),
  ),
  packet(
    {
      name: 'an ICMP timestamp request',
      does: 'asks by an ICMP query that is not echo',
      stoppedBy: PAIR,
      from: 'friend',
    },
    (scene) => icmp4(addresses(scene), [13, 0], 0x5a5a0001, join(long(0), long(0), long(0), data(scene))),
  ),
  packet(
    {
      name: 'an echo reply that nobody asked for',
      does: 'carries its data in answers',
      stoppedBy: 'an answer without its question is no known connection',
    },
    (scene) => icmp4(addresses(scene), [0, 0], 0x5a5a0001, data(scene)),
  ),
  packet(
    { name: 'SCTP', does: 'starts an association by SCTP', stoppedBy: PAIR, from: 'friend' },
    (scene) => {
      const chunk = join(Uint8Array.of(1, 0), short(20), long(1), long(65_000), short(1), short(1), long(1));
      const bytes = join(
        short(scene.sourcePort),
        short(PORT.victim.allowed),
        long(0),
        long(0),
        chunk,
        data(scene),
      );
      bytes.writeUInt32LE(crc32c(bytes), 8);
      return ip4(addresses(scene), { protocol: PROTOCOL.sctp }, bytes);
    },
  ),
  packet(
    {
      name: 'UDP-Lite',
      does: 'sends by UDP-Lite, which has ports as UDP has',
      stoppedBy: PAIR,
      from: 'friend',
    },
    (scene) => {
      const bytes = join(short(scene.sourcePort), short(PORT.victim.udp), short(0), short(0), data(scene));
      return ip4(addresses(scene), { protocol: PROTOCOL.udplite }, bytes);
    },
  ),
  packet(
    { name: 'DCCP', does: 'sends by DCCP, which has ports, too', stoppedBy: PAIR, from: 'friend' },
    (scene) =>
      ip4(
        addresses(scene),
        { protocol: PROTOCOL.dccp },
        join(short(scene.sourcePort), short(PORT.victim.udp), long(0x04000000), long(0), data(scene)),
      ),
  ),
  packet({ name: 'GRE', does: 'carries IPv4 in GRE', stoppedBy: PAIR, from: 'friend' }, (scene) => {
    const inner = udp4(addresses(scene), ports(scene, PORT.victim.udp), data(scene));
    return ip4(addresses(scene), { protocol: PROTOCOL.gre }, join(short(0), short(TYPE.ip4), inner));
  }),
  packet(
    {
      name: 'IP in IP',
      does: 'carries the allowed datagram in another of IPv4',
      stoppedBy: PAIR,
      from: 'friend',
    },
    (scene) =>
      ip4(
        addresses(scene),
        { protocol: PROTOCOL.ipip },
        udp4(addresses(scene), ports(scene, PORT.victim.udp), data(scene)),
      ),
  ),
  packet(
    { name: 'IPv6 in IPv4', does: 'carries IPv6 in IPv4 (6in4)', stoppedBy: PAIR, from: 'friend' },
    (scene) =>
      ip4(
        addresses(scene),
        { protocol: PROTOCOL.ip6 },
        ip6({ from: madeUp(1), to: madeUp(2) }, 59, data(scene)),
      ),
  ),
  packet(
    {
      name: 'ESP of its own',
      does: 'carries what it will in IPsec packets',
      stoppedBy: PAIR,
      from: 'friend',
    },
    (scene) => ip4(addresses(scene), { protocol: PROTOCOL.esp }, join(long(0x100), long(1), data(scene))),
  ),
  packet({ name: 'IGMP', does: 'reports a group to the victim', stoppedBy: PAIR }, (scene) =>
    ip4(
      addresses(scene),
      { protocol: PROTOCOL.igmp, ttl: 1 },
      join(short(0x1600), short(0), ip4Bytes('239.1.1.1'), data(scene)),
    ),
  ),
  packet(
    { name: 'an unknown protocol', does: 'sends IP protocol 253', stoppedBy: PAIR, from: 'friend' },
    (scene) => ip4(addresses(scene), { protocol: PROTOCOL.unknown }, data(scene)),
  ),
  packet(
    {
      name: 'options before the ports',
      from: 'friend',
      does: 'fills the IP options with the bytes of an allowed port, where ports are in a header without options',
      stoppedBy: 'ports are read behind the header as long as it says that it is',
    },
    (scene) => {
      const allowed = PORT.victim.udp;
      const options = [...short(scene.sourcePort), ...short(allowed)];
      // Record route would be checked and filled in; a stream id (RFC 791, type 136) is passed over.
      const field = [136, 4, ...options.slice(2)];
      return udp4(addresses(scene), ports(scene, PORT.victim.deniedUdp), data(scene), { options: field });
    },
  ),
  packet(
    {
      name: 'a router alert',
      does: 'asks every router on the way to look at the packet itself',
      stoppedBy: DENIED,
    },
    (scene) =>
      udp4(addresses(scene), ports(scene, PORT.victim.udp), data(scene), { options: [0x94, 4, 0, 0] }),
  ),
  packet(
    {
      name: 'a packet that may not live',
      does: 'sends with a time to live of 1, which a bridge does not count down',
      stoppedBy: DENIED,
      across: true,
    },
    (scene) => udp4(addresses(scene), ports(scene, PORT.victim.udp), data(scene), { ttl: 1 }),
  ),
  packet(
    {
      name: 'a wrong checksum',
      from: 'friend',
      does: 'a datagram for a denied port that conntrack holds to be invalid',
      stoppedBy: 'what belongs to no known connection is dropped',
    },
    (scene) => {
      const bytes = udpBytes(addresses(scene), ports(scene, PORT.victim.deniedUdp), data(scene));
      bytes.writeUInt16BE(bytes.readUInt16BE(6) ^ 0x5555 || 1, 6);
      return ip4(addresses(scene), { protocol: PROTOCOL.udp }, bytes);
    },
  ),
];

function plain(name: string, across: boolean): Attack {
  return {
    name,
    area: 'protocols',
    from: `attacker, ${across ? 'another' : 'same'} node`,
    does: 'connects by TCP, as any program would',
    stoppedBy: DENIED,
    attempt: (world) => connecting(world, 'attacker', across),
  };
}

function connecting(world: World, role: 'attacker' | 'friend', across: boolean): Promise<Outcome> {
  const target = world.on('victim', across ? world.two : world.one);
  const port = role === 'friend' ? PORT.victim.denied : PORT.victim.allowed;
  const dial = { protocol: 'tcp', address: target.overlay.address, port } as const;
  return dialling(world.on(role, world.one).wire, dial, world.token(), () => world.honest(world.one, target));
}

/** SCTP's checksum (RFC 9260, appendix A). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
