import type { Attack } from './attack.ts';
import { dialling } from './world/arrival.ts';
import { CLIENT, PORT } from './world/stack.ts';
import type { World } from './world/world.ts';

const METADATA = '169.254.169.254';

/** The outside host as the cloud that the nodes run on. */
async function cloud(world: World): Promise<void> {
  const { lab, one } = world;
  const change = (verb: 'replace' | 'del') =>
    Promise.all([
      lab.outside.run('ip', ['address', verb, `${METADATA}/32`, 'dev', 'lo'], { reject: verb !== 'del' }),
      one.run('ip', ['route', verb, `${METADATA}/32`, 'via', CLIENT], { reject: verb !== 'del' }),
    ]);
  await change('replace');
  world.closing(async () => {
    await change('del');
  });
}

export const METADATA_ATTACKS: readonly Attack[] = [
  {
    name: "the machine's credentials",
    area: 'egress',
    from: 'attacker',
    does: `asks the cloud's metadata service at ${METADATA}, with its egress open as it is by default`,
    stoppedBy: 'metadata addresses are no part of what is open: a policy has to name them',
    attempt: async (world) => {
      await cloud(world);
      const { wire } = world.on('attacker', world.one);
      const to = { address: CLIENT, port: PORT.outside.allowed };
      return dialling(wire, { protocol: 'tcp', ...to, address: METADATA }, world.token(), () =>
        world.answered(wire, world.outside, to),
      );
    },
  },
];
