import type { Attack } from './attack.ts';
import { addresses, onOverlay, type Scene } from './on-overlay.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { cut, fragments, ip4 } from './packet/ip4.ts';
import { FLAGS, PROTOCOL, tcpBytes, udpBytes } from './packet/transport.ts';
import { PORT } from './world/stack.ts';

const WHOLE = 'conntrack puts fragments together before they are judged, and only whole datagrams are';
/** So that each piece holds all of it. */
const REPEATED = 40;

const framed = ({ source, target }: Scene, packets: readonly Uint8Array[]): readonly Uint8Array[] =>
  packets.map((packet) => ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet));

const udp = (scene: Scene, target: number): Buffer =>
  udpBytes(addresses(scene), { source: scene.sourcePort, target }, scene.token.repeat(REPEATED));

export const FRAGMENTS: readonly Attack[] = [
  onOverlay({
    name: 'fragments to a denied port',
    area: 'fragments',
    from: 'friend',
    does: 'a friend sends to a port that it may not use, cut in pieces of 512 bytes, of which one alone names the port',
    stoppedBy: WHOLE,
    frames: (scene) =>
      framed(scene, fragments(addresses(scene), PROTOCOL.udp, cut(udp(scene, PORT.victim.deniedUdp), 512))),
  }),
  onOverlay({
    name: 'the smallest fragments',
    area: 'fragments',
    from: 'friend',
    does: "pieces of 24 bytes: TCP's flags are not in the first",
    stoppedBy: WHOLE,
    frames: (scene) => {
      const ports = { source: scene.sourcePort, target: PORT.victim.denied };
      const segment = tcpBytes(addresses(scene), { ...ports, flags: FLAGS.syn }, scene.token.repeat(3));
      return framed(scene, [
        ...fragments(addresses(scene), PROTOCOL.tcp, [
          [0, segment.subarray(0, 8), true],
          [8, segment.subarray(8, 48), true],
          [48, segment.subarray(48), false],
        ]),
      ]);
    },
  }),
  onOverlay({
    name: 'fragments, the last first',
    area: 'fragments',
    from: 'friend',
    does: 'the pieces in the wrong order: what comes first has no port',
    stoppedBy: WHOLE,
    frames: (scene) =>
      framed(
        scene,
        [...fragments(addresses(scene), PROTOCOL.udp, cut(udp(scene, PORT.victim.deniedUdp), 256))].reverse(),
      ),
  }),
  onOverlay({
    name: 'overlapping fragments',
    area: 'fragments',
    from: 'friend',
    does: 'a first piece for an allowed port, then another that writes the denied one over it',
    stoppedBy: `${WHOLE}; what overlaps is thrown away whole`,
    frames: (scene) => {
      const harmless = { ...scene, token: 'harmless'.padEnd(scene.token.length) };
      const [allowed, denied] = [udp(harmless, PORT.victim.udp), udp(scene, PORT.victim.deniedUdp)];
      return framed(
        scene,
        fragments(addresses(scene), PROTOCOL.udp, [
          [0, allowed.subarray(0, 256), true],
          [0, denied.subarray(0, 248), true],
          [256, allowed.subarray(256), false],
        ]),
      );
    },
  }),
  onOverlay({
    name: 'a first fragment alone',
    area: 'fragments',
    from: 'friend',
    does: 'a first piece for an allowed port that is never completed: a way to say something by pieces that no rule sees whole',
    stoppedBy: WHOLE,
    frames: (scene) =>
      framed(
        scene,
        fragments(addresses(scene), PROTOCOL.udp, [[0, udp(scene, PORT.victim.udp).subarray(0, 512), true]]),
      ),
  }),
  onOverlay({
    name: 'a later fragment alone',
    area: 'fragments',
    does: 'a piece from the middle, without any port, from one who may send nothing',
    stoppedBy: WHOLE,
    frames: (scene) =>
      framed(
        scene,
        fragments(addresses(scene), PROTOCOL.udp, [[512, Buffer.from(scene.token.repeat(9)), true]]),
      ),
  }),
  onOverlay({
    name: 'a fragment beyond the end',
    area: 'fragments',
    does: 'a last piece that ends after the 65,535th byte',
    stoppedBy: WHOLE,
    frames: (scene) => {
      const piece = Buffer.from(scene.token.padEnd(64));
      return framed(scene, [ip4(addresses(scene), { protocol: PROTOCOL.udp, offset: 65_528 }, piece)]);
    },
  }),
  onOverlay({
    name: "fragments in a friend's name",
    area: 'fragments',
    across: true,
    does: 'forged pieces: each has only the address to be known by',
    stoppedBy: "each piece's frame is judged by the guard, which goes by address and MAC",
    frames: (scene) => {
      const as = { from: scene.friend.overlay.address, to: scene.target.overlay.address };
      const ports = { source: scene.sourcePort, target: PORT.victim.udp };
      return framed(
        scene,
        fragments(as, PROTOCOL.udp, cut(udpBytes(as, ports, scene.token.repeat(REPEATED)), 512)),
      );
    },
  }),
];
