import type { Attack, Outcome } from './attack.ts';
import { onOverlay, type Scene } from './on-overlay.ts';
import { arp, ethernet, TYPE } from './packet/ethernet.ts';
import { FLAGS, icmp4, tcp4, udp4 } from './packet/transport.ts';
import { arrival, sees } from './world/arrival.ts';
import { NETWORK, PORT } from './world/stack.ts';
import { tellTruth } from './world/tell-truth.ts';
import type { World } from './world/world.ts';

const MADE_UP_MAC = '02:42:0a:77:77:77';
const GUARD = 'a port may send only as the address and MAC that its own endpoint has';

/** A datagram to the victim's allowed port, as if from another. */
function forged(
  { source, target, token, sourcePort }: Scene,
  as: { mac?: string; ip?: string },
): Uint8Array[] {
  const between = { from: as.ip ?? source.overlay.address, to: target.overlay.address };
  const packet = udp4(between, { source: sourcePort, target: PORT.victim.udp }, token);
  return [ethernet({ from: as.mac ?? source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet)];
}

const sibling = (address: string, host: number): string => address.replace(/\d+$/, String(host));

export const IDENTITY: readonly Attack[] = [
  onOverlay({
    name: "a friend's address",
    area: 'identity',
    does: 'sends from its own MAC with the address of a service that the victim allows, which runs on the same node',
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { ip: scene.friend.overlay.address }),
  }),
  onOverlay({
    name: "a friend's address and MAC",
    area: 'identity',
    does: 'the same in a frame that is in all respects the friend’s',
    stoppedBy: `${GUARD}: the port that it comes in by is not the friend's`,
    frames: (scene) => forged(scene, { ip: scene.friend.overlay.address, mac: scene.friend.overlay.mac }),
  }),
  onOverlay({
    name: "a friend's address, across nodes",
    area: 'identity',
    across: true,
    does: 'the same to a victim on another node, which cannot know whose port it left by',
    stoppedBy: `${GUARD}, on the source's node`,
    frames: (scene) => forged(scene, { ip: scene.friend.overlay.address }),
  }),
  onOverlay({
    name: "a friend's address and MAC, across nodes",
    area: 'identity',
    across: true,
    does: 'in all respects a frame of the friend, to another node',
    stoppedBy: `${GUARD}, on the source's node`,
    frames: (scene) => forged(scene, { ip: scene.friend.overlay.address, mac: scene.friend.overlay.mac }),
  }),
  onOverlay({
    name: 'the address of a friend who is on the other node',
    area: 'identity',
    does: 'speaks to a victim beside it as a friend who is behind the VXLAN device',
    stoppedBy: GUARD,
    frames: (scene, world) => forged(scene, { ip: world.on('friend', world.two).overlay.address }),
  }),
  onOverlay({
    name: 'a MAC of its own making',
    area: 'identity',
    from: 'friend',
    does: 'an allowed service sends from a MAC that nobody has, to hide which container it was',
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { mac: MADE_UP_MAC }),
  }),
  onOverlay({
    name: "another's MAC under its own address",
    area: 'identity',
    from: 'friend',
    does: "takes over where the bridge sends the attacker's frames (an allowed service, to draw another's traffic)",
    stoppedBy: GUARD,
    frames: (scene, world) => forged(scene, { mac: world.on('attacker', world.one).overlay.mac }),
  }),
  onOverlay({
    name: 'an address that nobody has',
    area: 'identity',
    does: 'sends from an unused address of the subnet',
    stoppedBy: `${GUARD}; and unknown addresses are denied`,
    frames: (scene) => forged(scene, { ip: sibling(scene.source.overlay.address, 251) }),
  }),
  onOverlay({
    name: "the gateway's address",
    area: 'identity',
    does: "sends as the subnet's first address, which is the bridge's own",
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { ip: sibling(scene.source.overlay.address, 1) }),
  }),
  onOverlay({
    name: "the victim's own address",
    area: 'identity',
    does: 'sends to the victim as the victim itself',
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { ip: scene.target.overlay.address }),
  }),
  onOverlay({
    name: 'no address',
    area: 'identity',
    does: 'sends from 0.0.0.0, as DHCP clients do',
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { ip: '0.0.0.0' }),
  }),
  onOverlay({
    name: "an address of the node's bridge",
    area: 'identity',
    does: 'sends on the overlay with its own docker_gwbridge address',
    stoppedBy: GUARD,
    frames: (scene) => forged(scene, { ip: scene.source.gateway.address }),
  }),
  onOverlay({
    name: "an answer in the server's name",
    area: 'identity',
    to: 'friend',
    does: 'sends the friend datagrams as the server that it talks to',
    stoppedBy: GUARD,
    frames: ({ source, target, token, sourcePort }, world) => {
      const between = { from: world.on('victim', world.one).overlay.address, to: target.overlay.address };
      const packet = udp4(between, { source: PORT.victim.udp, target: sourcePort }, token);
      return [ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet)];
    },
  }),
  onOverlay({
    name: "a reset in the friend's name",
    area: 'identity',
    does: 'ends the connections of others by forged TCP resets',
    stoppedBy: GUARD,
    frames: ({ source, target, friend, token, sourcePort }) => {
      const between = { from: friend.overlay.address, to: target.overlay.address };
      const ports = { source: sourcePort, target: PORT.victim.allowed };
      const packet = tcp4(between, { ...ports, flags: FLAGS.rst | FLAGS.ack }, token);
      return [ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet)];
    },
  }),
  onOverlay({
    name: "an ICMP redirect in the gateway's name",
    area: 'identity',
    does: 'tells the victim that the way to the friend is by the attacker',
    stoppedBy: GUARD,
    frames: ({ source, target, friend, token, sourcePort }) => {
      const own = { from: target.overlay.address, to: friend.overlay.address };
      const inner = udp4(own, { source: PORT.victim.udp, target: sourcePort }, token);
      const [a = 0, b = 0, c = 0, d = 0] = source.overlay.address.split('.').map(Number);
      const gateway = { from: sibling(target.overlay.address, 1), to: target.overlay.address };
      const packet = icmp4(gateway, [5, 1], ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, inner);
      return [ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet)];
    },
  }),
  {
    name: 'a whole handshake as the friend',
    area: 'identity',
    from: 'attacker, same node',
    does: 'makes the victim believe that the friend is at its MAC, then connects as the friend and reads the answers',
    stoppedBy: `${GUARD}; ARP is judged alike, so the answers go to the friend`,
    attempt: handshakeAsFriend,
  },
  {
    name: "leg 2 in the balancer's name",
    area: 'identity',
    from: 'attacker, same node',
    does: "sends as the node's load balancer, which the victim trusts with whom it has let in",
    stoppedBy: `${GUARD}: the balancer has a port of its own`,
    attempt: (world) => asBalancer(world, false),
  },
  {
    name: "leg 2 in the balancer's name, across nodes",
    area: 'identity',
    from: 'attacker, another node',
    does: 'the same to a victim on another node',
    stoppedBy: `${GUARD}, on the source's node`,
    attempt: (world) => asBalancer(world, true),
  },
];

function handshakeAsFriend(world: World): Promise<Outcome> {
  const [source, target] = [world.on('attacker', world.one), world.on('victim', world.one)];
  const friend = world.on('friend', world.one);
  const own = { from: source.overlay.mac, to: target.overlay.mac };
  const between = { from: friend.overlay.address, to: target.overlay.address };
  const sourcePort = world.sourcePort();
  const lie = arp(
    'request',
    { mac: source.overlay.mac, ip: friend.overlay.address },
    { mac: '00:00:00:00:00:00', ip: target.overlay.address },
  );
  const syn = tcp4(between, { source: sourcePort, target: PORT.victim.allowed, flags: FLAGS.syn });
  const answer = (bytes: Buffer): boolean =>
    bytes.readUInt16BE(12) === TYPE.ip4 &&
    bytes[23] === 6 &&
    bytes.readUInt16BE(34) === PORT.victim.allowed &&
    bytes.readUInt16BE(36) === sourcePort &&
    (bytes[47] ?? 0) === (FLAGS.syn | FLAGS.ack);
  return arrival({
    send: () => {
      source.wire.frame(source.overlay.name, ethernet(own, TYPE.arp, lie), ethernet(own, TYPE.ip4, syn));
    },
    arrived: sees(source.wire, answer),
    honest: () => world.honest(world.one, target),
    mend: () => tellTruth(friend, target),
  });
}

async function asBalancer(world: World, across: boolean): Promise<Outcome> {
  const source = world.on('attacker', world.one);
  const target = world.on('victim', across ? world.two : world.one);
  const { stdout } = await world.one.docker(['network', 'inspect', NETWORK]);
  const [network] = JSON.parse(stdout) as [
    { Containers: Record<string, { IPv4Address: string; MacAddress: string }> },
  ];
  const balancer = network.Containers[`lb-${NETWORK}`];
  if (balancer === undefined) throw new Error(`No balancer of ${NETWORK} on ${world.one.name}.`);
  const token = world.token();
  const between = { from: balancer.IPv4Address.split('/')[0]!, to: target.overlay.address };
  return arrival({
    send: () => {
      const packet = udp4(between, { source: world.sourcePort(), target: PORT.victim.deniedUdp }, token);
      const own = { from: source.overlay.mac, to: target.overlay.mac };
      source.wire.frame(source.overlay.name, ethernet(own, TYPE.ip4, packet));
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(world.one, target),
  });
}
