import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Outcome } from './attack.ts';
import { macs, onOverlay, type Scene } from './on-overlay.ts';
import { join } from './packet/bytes.ts';
import { arp, BROADCAST, ethernet, TYPE, type ArpParty } from './packet/ethernet.ts';
import { arrival, sees } from './world/arrival.ts';
import { PORT } from './world/stack.ts';
import { LOCKED, tellTruth } from './world/tell-truth.ts';
import type { World } from './world/world.ts';

const ARP_GUARD = 'ARP that speaks for another address or MAC than its port has is dropped';
const NO_MAC = '00:00:00:00:00:00';
const own = ({ source }: Scene): ArpParty => ({ mac: source.overlay.mac, ip: source.overlay.address });
const victim = ({ target }: Scene): ArpParty => ({ mac: target.overlay.mac, ip: target.overlay.address });

export const ARP: readonly Attack[] = [
  onOverlay({
    name: 'ARP reply that lies',
    area: 'link',
    mend: ({ friend, target }) => tellTruth(friend, target),
    does: "tells the victim, unasked, that the friend's address is at the attacker's MAC",
    stoppedBy: ARP_GUARD,
    frames: (scene) => {
      const lie = { mac: scene.source.overlay.mac, ip: scene.friend.overlay.address };
      return [ethernet(macs(scene), TYPE.arp, join(arp('reply', lie, victim(scene)), scene.token))];
    },
  }),
  onOverlay({
    name: 'ARP request that lies about who asks',
    area: 'link',
    mend: ({ friend, target }) => tellTruth(friend, target),
    does: 'asks for the victim as the friend: requests are believed, too',
    stoppedBy: ARP_GUARD,
    frames: (scene) => {
      const lie = { mac: scene.source.overlay.mac, ip: scene.friend.overlay.address };
      const asked = { mac: NO_MAC, ip: scene.target.overlay.address };
      return [ethernet(macs(scene), TYPE.arp, join(arp('request', lie, asked), scene.token))];
    },
  }),
  onOverlay({
    name: 'gratuitous ARP for another',
    area: 'link',
    mend: ({ friend, target }) => tellTruth(friend, target),
    does: "announces the friend's address as its own to everybody on the node",
    stoppedBy: ARP_GUARD,
    frames: (scene) => {
      const lie = { mac: scene.source.overlay.mac, ip: scene.friend.overlay.address };
      const between = { from: scene.source.overlay.mac, to: BROADCAST };
      return [ethernet(between, TYPE.arp, join(arp('request', lie, lie), scene.token))];
    },
  }),
  onOverlay({
    name: 'ARP reply whose frame and contents differ',
    area: 'link',
    does: 'gives a MAC of its own making for its own address, in a frame from its own MAC',
    stoppedBy: ARP_GUARD,
    frames: (scene) => {
      const lie = { mac: '02:42:0a:66:66:66', ip: scene.source.overlay.address };
      return [ethernet(macs(scene), TYPE.arp, join(arp('reply', lie, victim(scene)), scene.token))];
    },
  }),
  onOverlay({
    name: 'ARP probe for a duplicate address',
    area: 'link',
    does: 'claims that the victim’s address is taken (RFC 5227), with no sender address',
    stoppedBy: ARP_GUARD,
    frames: (scene) => {
      const nobody = { mac: scene.source.overlay.mac, ip: '0.0.0.0' };
      return [ethernet(macs(scene), TYPE.arp, join(arp('request', nobody, victim(scene)), scene.token))];
    },
  }),
  {
    name: 'ARP that draws a conversation',
    area: 'link',
    from: 'attacker, same node',
    does: 'poisons the friend, whose next connection to the victim goes to the attacker',
    stoppedBy: ARP_GUARD,
    attempt: drawConversation,
  },
  onOverlay({
    name: 'reverse ARP',
    area: 'link',
    does: 'asks by RARP, which has the frame of ARP and another ethertype',
    stoppedBy: "the bridge's guard takes IPv4 and ARP from containers, and nothing else",
    frames: (scene) => [
      ethernet(macs(scene), TYPE.rarp, join(arp('request', own(scene), victim(scene)), scene.token)),
    ],
  }),
];

async function drawConversation(world: World): Promise<Outcome> {
  const [source, target] = [world.on('attacker', world.one), world.on('victim', world.one)];
  const friend = world.on('friend', world.one);
  const between = { from: source.overlay.mac, to: friend.overlay.mac };
  const lie = { mac: source.overlay.mac, ip: target.overlay.address };
  const told = { mac: friend.overlay.mac, ip: friend.overlay.address };
  const token = world.token();
  const drawn = (bytes: Buffer): boolean => bytes.includes(token) && bytes.readUInt16BE(12) === TYPE.ip4;
  return arrival({
    send: async () => {
      await world.honest(world.one, target);
      await sleep(LOCKED);
      source.wire.frame(source.overlay.name, ethernet(between, TYPE.arp, arp('reply', lie, told)));
      await sleep(50);
      const connection = friend.wire.open({
        protocol: 'udp',
        address: target.overlay.address,
        port: PORT.victim.udp,
      });
      connection.say(token);
      await source.wire.until(sees(source.wire, drawn), 300);
      connection.close();
    },
    arrived: sees(source.wire, drawn),
    honest: () => world.honest(world.one, target),
    mend: () => tellTruth(target, friend),
  });
}
