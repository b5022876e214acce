import { update } from '../e2e/agents.ts';
import type { Attack, Outcome } from './attack.ts';
import { addresses, onOverlay, type Scene } from './on-overlay.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { FLAGS, icmp4, tcp4, udp4 } from './packet/transport.ts';
import { arrival, dialling, sees } from './world/arrival.ts';
import { PORT, VICTIM_INGRESS, VICTIM_INGRESS_LEAST } from './world/stack.ts';
import type { World } from './world/world.ts';

const NO_STATE = 'only a verdict of our own lets a flow through; conntrack’s states never do';
const STRAY = 'answers of no connection that was let in are dropped';

const framed = ({ source, target }: Scene, packet: Uint8Array): readonly Uint8Array[] => [
  ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet),
];
/** A segment without a connection, from one who may not connect. */
const segment = (name: string, flags: number, does: string, stoppedBy: string): Attack =>
  onOverlay({
    name,
    area: 'conntrack',
    does,
    stoppedBy,
    frames: (scene) =>
      framed(
        scene,
        tcp4(
          addresses(scene),
          {
            source: scene.sourcePort,
            target: PORT.victim.allowed,
            flags,
            sequence: 1000,
            acknowledged: 2000,
          },
          scene.token,
        ),
      ),
  });

export const CONNTRACK: readonly Attack[] = [
  segment(
    'a SYN-ACK out of the blue',
    FLAGS.syn | FLAGS.ack,
    'answers a connection that nobody has begun',
    STRAY,
  ),
  segment(
    'a segment from mid-stream',
    FLAGS.ack | FLAGS.push,
    'begins with an ACK: conntrack takes it for a connection that began before it looked',
    'what is picked up is judged as a new connection',
  ),
  segment('a segment without flags', 0, 'a null scan', STRAY),
  segment('a Christmas tree', FLAGS.fin | FLAGS.push | FLAGS.urgent, 'FIN, PSH and URG at once', STRAY),
  segment('a FIN of no connection', FLAGS.fin | FLAGS.ack, 'ends what was never open', STRAY),
  segment('a reset of no connection', FLAGS.rst, 'resets what was never open', STRAY),
  onOverlay({
    name: 'half of a simultaneous open',
    area: 'conntrack',
    from: 'victim',
    to: 'friend',
    does: 'the victim, which may connect to nobody, sends a SYN from its own listening port to the friend',
    stoppedBy: NO_STATE,
    frames: (scene) =>
      framed(
        scene,
        tcp4(
          addresses(scene),
          { source: PORT.victim.allowed, target: scene.sourcePort, flags: FLAGS.syn },
          scene.token,
        ),
      ),
  }),
  onOverlay({
    name: 'an ICMP error about nothing',
    area: 'conntrack',
    does: 'reports an error of a datagram that was never sent',
    stoppedBy: STRAY,
    frames: (scene) => {
      const inner = udp4(
        { from: scene.target.overlay.address, to: scene.source.overlay.address },
        { source: PORT.victim.udp, target: scene.sourcePort },
        scene.token,
      );
      return framed(scene, icmp4(addresses(scene), [3, 3], 0, inner));
    },
  }),
  {
    name: 'an ICMP error about another’s connection',
    area: 'conntrack',
    from: 'attacker, same node',
    does: 'tells the victim, with the numbers of its open connection to the friend inside, that packets must be small',
    stoppedBy: 'an error belongs to its connection only when it comes from one of its two ends',
    attempt: errorAboutAnothers,
  },
  {
    name: 'a connection outlives its allow',
    area: 'conntrack',
    from: 'turncoat, another node',
    does: 'goes on speaking over a TCP connection that was allowed when it was opened',
    stoppedBy: 'each packet is let through by a rule that is there now: a revoked one cuts its flows',
    attempt: outlives,
  },
  {
    name: 'UDP that stays new',
    area: 'conntrack',
    from: 'turncoat, same node',
    does: 'sends on, after its allow has gone, by the tuple of a flow that was never answered',
    stoppedBy: 'each packet is let through by a rule that is there now',
    attempt: staysNew,
  },
  {
    name: 'RELATED by an FTP helper',
    area: 'conntrack',
    from: 'friend, same node',
    does: 'has the server say, on the allowed port 21, that data is expected on a denied one, and connects there',
    stoppedBy: 'no helper is attached in overlays, and RELATED lets nothing through',
    attempt: relatedByFtp,
  },
];

async function errorAboutAnothers(world: World): Promise<Outcome> {
  const [source, target] = [world.on('attacker', world.one), world.on('victim', world.one)];
  const friend = world.on('friend', world.one);
  const token = world.token();
  const port = world.sourcePort();
  const address = target.overlay.address;
  const open = friend.wire.open({ protocol: 'udp', address, port: PORT.victim.udp, own: { port } });
  open.say('open\n');
  if (!(await friend.wire.until(() => open.heard.includes('open'), 10_000)))
    throw new Error('the friend has no connection');
  const inner = udp4(
    { from: address, to: friend.overlay.address },
    { source: PORT.victim.udp, target: port },
    token,
  );
  const packet = icmp4({ from: source.overlay.address, to: address }, [3, 4], 600, inner);
  const frame = ethernet({ from: source.overlay.mac, to: target.overlay.mac }, TYPE.ip4, packet);
  const outcome = await arrival({
    send: () => {
      source.wire.frame(source.overlay.name, frame);
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(world.one, target),
  });
  open.close();
  return outcome;
}

const ingress = (labels: string): readonly string[] => ['--label-add', `swarmwall.ingress=${labels}`];

async function outlives(world: World): Promise<Outcome> {
  const [source, target] = [world.on('turncoat', world.one), world.on('victim', world.two)];
  await update(world.lab, 'field_victim', ...ingress(VICTIM_INGRESS));
  await world.settled();
  const dial = { protocol: 'tcp', address: target.overlay.address, port: PORT.victim.allowed } as const;
  const connection = source.wire.open(dial);
  if (!(await source.wire.until(() => connection.opened, 10_000)))
    throw new Error('the turncoat was not let in');
  await update(world.lab, 'field_victim', ...ingress(VICTIM_INGRESS_LEAST));
  await world.settled();
  const token = world.token();
  const outcome = await arrival({
    send: () => {
      connection.say(`${token}\n`);
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(world.one, target),
  });
  connection.close();
  return outcome;
}

async function staysNew(world: World): Promise<Outcome> {
  const [source, target] = [world.on('turncoat', world.one), world.on('victim', world.one)];
  await update(world.lab, 'field_victim', ...ingress(`${VICTIM_INGRESS_LEAST} turncoat:9999/udp`));
  await world.settled();
  const ports = { source: world.sourcePort(), target: 9999 };
  const ends = { from: source.overlay.address, to: target.overlay.address };
  const send = (text: string): void => {
    const frame = { from: source.overlay.mac, to: target.overlay.mac };
    source.wire.frame(source.overlay.name, ethernet(frame, TYPE.ip4, udp4(ends, ports, text)));
  };
  const before = world.token();
  const allowed = await arrival({
    send: () => {
      send(before);
    },
    arrived: sees(target.wire, before),
    honest: () => world.honest(world.one, target),
  });
  if (allowed !== 'through') throw new Error('the turncoat was not let in');
  await update(world.lab, 'field_victim', ...ingress(VICTIM_INGRESS_LEAST));
  await world.settled();
  const token = world.token();
  return arrival({
    send: () => {
      send(token);
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(world.one, target),
  });
}

async function relatedByFtp(world: World): Promise<Outcome> {
  const [source, target] = [world.on('friend', world.one), world.on('victim', world.one)];
  const address = target.overlay.address;
  const control = source.wire.open({ protocol: 'tcp', address, port: PORT.victim.ftp });
  if (!(await source.wire.until(() => control.opened, 10_000))) throw new Error('the friend was not let in');
  const number = `${address.replaceAll('.', ',')},${String(PORT.victim.denied >> 8)},${String(PORT.victim.denied & 255)}`;
  control.say(`227 Entering Passive Mode (${number}).\r\n`);
  if (!(await source.wire.until(() => control.heard.includes('227'), 10_000)))
    throw new Error('the server did not say it');
  const dial = { protocol: 'tcp', address, port: PORT.victim.denied } as const;
  const outcome = await dialling(source.wire, dial, world.token(), () => world.honest(world.one, target));
  control.close();
  return outcome;
}
