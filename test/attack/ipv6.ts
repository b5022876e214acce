import type { Attack } from './attack.ts';
import { macs, onOverlay } from './on-overlay.ts';
import { join, long, short } from './packet/bytes.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { ALL_NODES, ALL_NODES_MAC, ip6, linkLocalOf, madeUp } from './packet/tunnel.ts';
import { PORT } from './world/stack.ts';

const ONLY = 'from containers the guard takes IPv6 only of addresses that their endpoints have';
const ICMP6 = 58;
const UDP6 = 17;
const NO_NEXT_HEADER = 59;

export const IPV6: readonly Attack[] = [
  onOverlay({
    name: 'IPv6, link-local',
    area: 'link',
    does: "UDP over IPv6 between the addresses that MACs make of themselves: IPv4's rules do not see it",
    stoppedBy: ONLY,
    frames: (scene) => {
      const between = {
        from: linkLocalOf(scene.source.overlay.mac),
        to: linkLocalOf(scene.target.overlay.mac),
      };
      const udp = join(
        short(scene.sourcePort),
        short(PORT.victim.udp),
        short(8 + scene.token.length),
        short(0),
      );
      return [ethernet(macs(scene), TYPE.ip6, ip6(between, UDP6, join(udp, scene.token)))];
    },
  }),
  onOverlay({
    name: 'IPv6, made up',
    area: 'link',
    across: true,
    does: 'IPv6 between addresses that nobody has given out, across nodes',
    stoppedBy: ONLY,
    frames: (scene) => {
      const between = { from: madeUp(1), to: madeUp(2) };
      return [ethernet(macs(scene), TYPE.ip6, ip6(between, NO_NEXT_HEADER, Buffer.from(scene.token)))];
    },
  }),
  onOverlay({
    name: 'an IPv6 router advertisement',
    area: 'link',
    does: 'offers itself to everybody as the router for IPv6',
    stoppedBy: `${ONLY}; nobody on an overlay is a router`,
    frames: (scene) => {
      const between = { from: linkLocalOf(scene.source.overlay.mac), to: ALL_NODES };
      const body = join(Uint8Array.of(134, 0, 0, 0, 64, 0, 7, 8), long(0), long(0), scene.token);
      const frame = { from: scene.source.overlay.mac, to: ALL_NODES_MAC };
      return [ethernet(frame, TYPE.ip6, ip6(between, ICMP6, body, 255))];
    },
  }),
  onOverlay({
    name: 'an IPv6 neighbour advertisement',
    area: 'link',
    does: "claims another's IPv6 address, as ARP lies do in IPv4",
    stoppedBy: ONLY,
    frames: (scene) => {
      const claimed = linkLocalOf(scene.friend.overlay.mac);
      const between = { from: claimed, to: linkLocalOf(scene.target.overlay.mac) };
      const body = join(Uint8Array.of(136, 0, 0, 0, 0x20, 0, 0, 0), claimed, scene.token);
      return [ethernet(macs(scene), TYPE.ip6, ip6(between, ICMP6, body, 255))];
    },
  }),
];
