import type { Attack, Outcome } from './attack.ts';
import { macs, onOverlay, type Scene } from './on-overlay.ts';
import { join, long, short } from './packet/bytes.ts';
import { arp, BROADCAST, ethernet, llc, SNAP_IP4, tagged, TYPE } from './packet/ethernet.ts';
import { icmp4, udp4 } from './packet/transport.ts';
import { arrival, sees } from './world/arrival.ts';
import { bridgeMac, portMac } from './world/overlay-devices.ts';
import type { Place } from './world/place.ts';
import { PORT } from './world/stack.ts';
import type { World } from './world/world.ts';

const ONLY = "the bridge's guard takes IPv4 and ARP from containers, and nothing else";
const JUDGED = 'the pair is judged by addresses in the forward hook, however the frame is addressed';
const NO_MAC = '00:00:00:00:00:00';

/** A datagram to a port that the victim does not take from the attacker. */
const datagram = ({ source, target, token, sourcePort }: Scene, to = target.overlay.address): Buffer =>
  udp4({ from: source.overlay.address, to }, { source: sourcePort, target: PORT.victim.udp }, token);

const directed = (address: string): string => address.replace(/\d+$/, '255');

export const LINK: readonly Attack[] = [
  onOverlay({
    name: 'a VLAN tag',
    area: 'link',
    does: 'puts the datagram behind an 802.1Q tag: IP hooks of the bridge do not look there by default',
    stoppedBy: `${ONLY}; the type is read from the frame itself`,
    frames: (scene) => [ethernet(macs(scene), TYPE.vlan, tagged(7, TYPE.ip4, datagram(scene)))],
  }),
  onOverlay({
    name: 'a priority tag',
    area: 'link',
    does: 'the same with VLAN 0, which receivers take for untagged',
    stoppedBy: `${ONLY}; the type is read from the frame itself`,
    frames: (scene) => [ethernet(macs(scene), TYPE.vlan, tagged(0, TYPE.ip4, datagram(scene)))],
  }),
  onOverlay({
    name: 'two VLAN tags (QinQ)',
    area: 'link',
    does: 'puts it behind an 802.1ad and an 802.1Q tag',
    stoppedBy: ONLY,
    frames: (scene) => [
      ethernet(macs(scene), TYPE.qinq, tagged(7, TYPE.vlan, tagged(0, TYPE.ip4, datagram(scene)))),
    ],
  }),
  onOverlay({
    name: 'a PPPoE session',
    area: 'link',
    does: 'puts it into a PPPoE session frame',
    stoppedBy: ONLY,
    frames: (scene) => {
      const packet = datagram(scene);
      const header = [Uint8Array.of(0x11, 0), short(1), short(packet.length + 2), short(0x0021)];
      return [ethernet(macs(scene), TYPE.pppoe, join(...header, packet))];
    },
  }),
  onOverlay({
    name: 'an MPLS label',
    area: 'link',
    does: 'puts it under an MPLS label',
    stoppedBy: ONLY,
    frames: (scene) => [ethernet(macs(scene), TYPE.mpls, join(long(0x00010140), datagram(scene)))],
  }),
  onOverlay({
    name: 'an unknown ethertype',
    area: 'link',
    does: 'a tunnel of its own, in an ethertype that nothing knows',
    stoppedBy: ONLY,
    frames: (scene) => [ethernet(macs(scene), 0x9999, join(scene.token))],
  }),
  onOverlay({
    name: 'an unknown ethertype, across nodes',
    area: 'link',
    across: true,
    does: 'the same through the VXLAN device',
    stoppedBy: ONLY,
    frames: (scene) => [ethernet(macs(scene), 0x9999, join(scene.token))],
  }),
  onOverlay({
    name: 'a VLAN tag, across nodes',
    area: 'link',
    across: true,
    does: 'the tagged frame through the VXLAN device',
    stoppedBy: ONLY,
    frames: (scene) => [ethernet(macs(scene), TYPE.vlan, tagged(7, TYPE.ip4, datagram(scene)))],
  }),
  onOverlay({
    name: 'an 802.3 frame',
    area: 'link',
    does: 'a length where the ethertype would be, and LLC behind it',
    stoppedBy: ONLY,
    frames: (scene) => [llc(macs(scene), [0xf0, 0xf0, 3], Buffer.from(scene.token))],
  }),
  onOverlay({
    name: 'IPv4 in a SNAP header',
    area: 'link',
    does: 'the datagram behind LLC and SNAP (RFC 1042)',
    stoppedBy: ONLY,
    frames: (scene) => [llc(macs(scene), SNAP_IP4, datagram(scene))],
  }),
  onOverlay({
    name: 'a spanning-tree frame',
    area: 'link',
    does: "sends to the bridges' own group address, which a bridge without spanning tree floods",
    stoppedBy: ONLY,
    frames: ({ source, token }) => [
      llc({ from: source.overlay.mac, to: '01:80:c2:00:00:00' }, [0x42, 0x42, 3], Buffer.from(token)),
    ],
  }),
  {
    name: "a frame to br0's own MAC",
    area: 'link',
    from: 'attacker, same node',
    does: "speaks to the kernel in the overlay's namespace, which answers, and would route past the bridge",
    stoppedBy: "the guard's input chain drops all that is for the bridge itself",
    attempt: (world) => bridgeAnswers(world, bridgeMac),
  },
  {
    name: "a frame to its port's own MAC",
    area: 'link',
    from: 'attacker, same node',
    does: 'the same by the MAC of its veth at the bridge, which is local there, too',
    stoppedBy: "the guard's input chain drops all that is for the bridge itself",
    attempt: (world) => bridgeAnswers(world, portMac),
  },
  onOverlay({
    name: 'a broadcast frame to one address',
    area: 'link',
    does: "sends the victim's datagram to everybody's MAC",
    stoppedBy: JUDGED,
    frames: (scene) => [
      ethernet({ from: scene.source.overlay.mac, to: BROADCAST }, TYPE.ip4, datagram(scene)),
    ],
  }),
  onOverlay({
    name: "the subnet's broadcast address",
    area: 'link',
    does: 'a datagram for every host of the subnet',
    stoppedBy: 'an address that is no endpoint is denied',
    frames: (scene) => {
      const between = { from: scene.source.overlay.mac, to: BROADCAST };
      return [ethernet(between, TYPE.ip4, datagram(scene, directed(scene.target.overlay.address)))];
    },
  }),
  onOverlay({
    name: 'the limited broadcast address',
    area: 'link',
    does: 'a datagram to 255.255.255.255',
    stoppedBy: 'an address that is no endpoint is denied',
    frames: (scene) => [
      ethernet(
        { from: scene.source.overlay.mac, to: BROADCAST },
        TYPE.ip4,
        datagram(scene, '255.255.255.255'),
      ),
    ],
  }),
  onOverlay({
    name: 'a broadcast address in a frame for one',
    area: 'link',
    across: true,
    does: "a datagram to 255.255.255.255 in a frame to the victim's MAC, which crosses nodes",
    stoppedBy: 'an address that is no endpoint is denied',
    frames: (scene) => [ethernet(macs(scene), TYPE.ip4, datagram(scene, '255.255.255.255'))],
  }),
  onOverlay({
    name: 'multicast',
    area: 'link',
    does: 'a datagram to 239.1.1.1 and its MAC',
    stoppedBy: 'an address that is no endpoint is denied',
    frames: (scene) => [
      ethernet(
        { from: scene.source.overlay.mac, to: '01:00:5e:01:01:01' },
        TYPE.ip4,
        datagram(scene, '239.1.1.1'),
      ),
    ],
  }),
];

async function bridgeAnswers(
  world: World,
  mac: (world: World, place: Place) => Promise<string>,
): Promise<Outcome> {
  const source = world.on('attacker', world.one);
  const token = world.token();
  const bridge = source.overlay.address.replace(/\d+$/, '1');
  const frame = { from: source.overlay.mac, to: await mac(world, source) };
  const echo = icmp4({ from: source.overlay.address, to: bridge }, [8, 0], 0x5a5a0001, token);
  const asked = { mac: source.overlay.mac, ip: source.overlay.address };
  return arrival({
    send: () => {
      // That it may know where to answer.
      const who = arp('request', asked, { mac: NO_MAC, ip: bridge });
      source.wire.frame(source.overlay.name, ethernet(frame, TYPE.arp, who), ethernet(frame, TYPE.ip4, echo));
    },
    arrived: sees(source.wire, token),
    honest: () => world.honest(world.one, world.on('victim', world.one)),
  });
}
