import { setTimeout as sleep } from 'node:timers/promises';
import { update } from '../e2e/agents.ts';
import { eventually } from '../lab/eventually.ts';
import { FULL_KERNEL } from '../lab/full-kernel.ts';
import { runningTasks } from '../lab/tasks.ts';
import type { Attack, Outcome } from './attack.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { udp4 } from './packet/transport.ts';
import { arrival, dialling, sees } from './world/arrival.ts';
import { startGuest } from './world/guest.ts';
import { enter } from './world/place.ts';
import { NETWORK, PORT, VICTIM_INGRESS } from './world/stack.ts';
import type { World } from './world/world.ts';

const GONE =
  'an address is who the managers say that it is: with its task it loses its name, and its flows are forgotten';

export const LIFECYCLE: readonly Attack[] = [
  {
    name: 'the address of one who has gone',
    area: 'lifecycle',
    from: 'plain container, same node',
    does: 'takes the address of an allowed task that has just ended, and connects as it might have',
    stoppedBy: GONE,
    attempt: (world) => afterAnother(world, false),
  },
  {
    name: 'the flow of one who has gone',
    area: 'lifecycle',
    from: 'plain container, same node',
    does: 'takes the address and goes on where the last UDP flow of the ended task was',
    stoppedBy: GONE,
    attempt: (world) => afterAnother(world, true),
  },
  {
    name: 'racing the rules',
    area: 'lifecycle',
    from: 'attacker, same node',
    does: 'sends without a pause while the policy is changed again and again, for a moment in which no rule is there',
    stoppedBy: 'a change is one transaction of the kernel, and what is missing is denied',
    attempt: race,
  },
];

async function afterAnother(world: World, inFlow: boolean): Promise<Outcome> {
  const target = world.on('victim', world.one);
  const scale = (replicas: number): Promise<void> =>
    update(world.lab, 'field_leaver', '--replicas', String(replicas));
  const leavers = async () => runningTasks(world.lab, ['field_leaver']);
  const task = await eventually(async () => {
    const [found] = await leavers();
    if (found === undefined) throw new Error('no leaver runs');
    return found;
  }, 60_000);
  await world.settled();
  const leaver = await enter(task.node, task.container, task.addresses[NETWORK]!);
  const port = world.sourcePort();
  const flow = {
    protocol: 'udp',
    address: target.overlay.address,
    port: PORT.victim.udp,
    own: { port },
  } as const;
  const open = leaver.wire.open(flow);
  await eventually(() => {
    open.say('open\n');
    return open.heard.includes('open');
  });
  leaver.wire.stop();
  await scale(0);
  await eventually(async () => {
    const { stdout } = await task.node.docker(['ps', '--quiet', '--no-trunc']);
    return !stdout.includes(task.container);
  }, 60_000);
  // Its address is free a moment later than its container.
  const guest = await eventually(
    () => startGuest(task.node, { options: ['--ip', leaver.overlay.address] }),
    30_000,
    300,
  );
  const honest = (): Promise<void> => world.honest(world.one, target);
  const token = world.token();
  try {
    if (!inFlow) {
      const dial = { protocol: 'tcp', address: target.overlay.address, port: PORT.victim.allowed } as const;
      return await dialling(guest.wire, dial, token, honest);
    }
    const between = { from: guest.overlay.address, to: target.overlay.address };
    const packet = udp4(between, { source: port, target: PORT.victim.udp }, token);
    const frame = { from: guest.overlay.mac, to: target.overlay.mac };
    return await arrival({
      send: () => {
        guest.wire.frame(guest.overlay.name, ethernet(frame, TYPE.ip4, packet));
      },
      arrived: sees(target.wire, token),
      honest,
    });
  } finally {
    await guest.remove();
    await scale(1);
  }
}

const CHANGES = FULL_KERNEL ? 2 : 4;
/** Milliseconds between two packets: more of them would keep an emulated engine from its own work, and no change would ever end. */
const PAUSE = FULL_KERNEL ? 20 : 1;

async function race(world: World): Promise<Outcome> {
  const [source, target] = [world.on('attacker', world.one), world.on('victim', world.one)];
  const token = world.token();
  const between = { from: source.overlay.address, to: target.overlay.address };
  const frame = { from: source.overlay.mac, to: target.overlay.mac };
  return arrival({
    send: async () => {
      const changing = (async () => {
        for (let change = 0; change < CHANGES; change++) {
          const more = change % 2 === 0 ? ` attacker:${String(6_000 + change)}` : '';
          await update(
            world.lab,
            'field_victim',
            '--label-add',
            `swarmwall.ingress=${VICTIM_INGRESS}${more}`,
          );
          await world.settled();
        }
      })();
      const state = { done: false };
      void changing.catch(() => undefined).then(() => (state.done = true));
      while (!state.done) {
        const ports = { source: world.sourcePort(), target: PORT.victim.udp };
        source.wire.frame(source.overlay.name, ethernet(frame, TYPE.ip4, udp4(between, ports, token)));
        await sleep(PAUSE);
      }
      await changing;
    },
    arrived: sees(target.wire, token),
    honest: () => world.honest(world.one, target),
  });
}
