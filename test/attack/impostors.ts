import { deployStack } from '../e2e/agents.ts';
import { eventually } from '../lab/eventually.ts';
import { waitRunning } from '../lab/tasks.ts';
import type { Attack, Outcome } from './attack.ts';
import { dialling } from './world/arrival.ts';
import { startGuest, type GuestOptions } from './world/guest.ts';
import { enter, type Place } from './world/place.ts';
import { IMAGE_OF_GUESTS, NETWORK, PORT } from './world/stack.ts';
import { tellTruth } from './world/tell-truth.ts';
import type { World } from './world/world.ts';

const BY_MANAGERS = 'who a container is, the managers say; its labels, names and aliases say nothing';

const labelled = (labels: Readonly<Record<string, string>>): GuestOptions => ({
  options: Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
});

const impostor = (name: string, does: string, guest: GuestOptions, across = false): Attack => ({
  name,
  area: 'impostors',
  from: `plain container, ${across ? 'another' : 'same'} node`,
  does,
  stoppedBy: BY_MANAGERS,
  attempt: async (world) => {
    const place = await startGuest(world.one, guest);
    try {
      return await connects(world, place, across);
    } finally {
      await place.remove();
    }
  },
});

function connects(world: World, place: Place, across = false, own?: string): Promise<Outcome> {
  const target = world.on('victim', across ? world.two : world.one);
  const dial = {
    ...({ protocol: 'tcp', address: target.overlay.address, port: PORT.victim.allowed } as const),
    ...(own !== undefined && { own: { address: own } }),
  };
  return dialling(place.wire, dial, world.token(), () => world.honest(world.one, target));
}

export const IMPOSTORS: readonly Attack[] = [
  impostor(
    "a container with a task's labels",
    "is started by hand on the attachable overlay with the labels that Swarm gives the friend's tasks",
    labelled({
      'com.docker.swarm.service.name': 'field_friend',
      'com.docker.swarm.task.name': 'field_friend.1',
      'com.docker.stack.namespace': 'field',
    }),
  ),
  impostor(
    "a container with a task's labels, across nodes",
    'the same to a victim on the other node',
    labelled({ 'com.docker.swarm.service.name': 'field_friend', 'com.docker.stack.namespace': 'field' }),
    true,
  ),
  impostor(
    "a container with Compose's labels",
    'is started by hand with the labels of a Compose project of the name of the stack',
    labelled({ 'com.docker.compose.project': 'field', 'com.docker.compose.service': 'friend' }),
  ),
  impostor(
    'a container with policy labels of its own',
    'is started by hand with labels that say that it may',
    labelled({ 'swarmwall.egress': 'field/victim:5432', 'swarmwall.ingress': 'world' }),
  ),
  impostor("a container with a friend's name", 'takes the host name and the alias of the friend', {
    options: ['--hostname', 'friend', '--network-alias', 'friend', '--network-alias', 'field_friend'],
  }),
  {
    name: 'a name taken over',
    area: 'impostors',
    from: 'plain container, same node',
    does: "takes the victim's name as an alias, so that friends who ask for it are sent to the impostor",
    stoppedBy:
      'a friend may connect to the addresses of the service that its policy names, not to whoever has its name',
    attempt: async (world) => {
      const options = ['--network-alias', 'victim'];
      const place = await startGuest(world.one, { options, listens: `tcp/${String(PORT.victim.allowed)}` });
      try {
        const friend = world.on('friend', world.one);
        const { stdout } = await world.one.docker(['exec', friend.container, 'nslookup', 'victim'], {
          reject: false,
        });
        if (!stdout.includes(place.overlay.address))
          throw new Error(`the name was not taken over: ${stdout}`);
        const dial = { protocol: 'tcp', address: place.overlay.address, port: PORT.victim.allowed } as const;
        const honest = (): Promise<void> => world.honest(world.one, world.on('victim', world.one));
        return await dialling(friend.wire, dial, world.token(), honest);
      } finally {
        await place.remove();
      }
    },
  },
  {
    name: "another stack's service of the same name",
    area: 'impostors',
    from: "another stack's task",
    does: 'is deployed as `friend`, with labels that say that it may, in a stack of its own on the same overlay',
    stoppedBy: 'services are known by their stack and name; both sides must allow',
    attempt: fromAnotherStack,
  },
  {
    name: 'an address taken by the kernel',
    area: 'impostors',
    from: 'plain container, same node',
    capabilities: ['NET_ADMIN'],
    does: "gives its own interface the friend's address, for a kernel that then speaks all of TCP as the friend",
    stoppedBy: 'a port may send only as the address and MAC that its own endpoint was given',
    attempt: takenAddress,
  },
];

const OTHER = `version: '3.8'
services:
  friend:
    image: ${IMAGE_OF_GUESTS}
    command: [tcp/80]
    networks: [net]
    deploy:
      replicas: 1
      endpoint_mode: dnsrr
      placement: { constraints: [node.hostname==node1] }
      labels: { swarmwall.egress: 'field/victim:5432' }
networks:
  net: { external: true, name: ${NETWORK} }
`;

async function fromAnotherStack(world: World): Promise<Outcome> {
  await deployStack(world.lab, 'other', OTHER);
  try {
    const [task] = await waitRunning(world.lab, ['other_friend']);
    if (task === undefined) throw new Error('no task of the other stack');
    await world.settled();
    const place = await enter(task.node, task.container, task.addresses[NETWORK]!);
    const outcome = await connects(world, place);
    place.wire.stop();
    return outcome;
  } finally {
    await world.lab.manager.docker(['stack', 'rm', 'other']);
    await eventually(async () => {
      const { stdout } = await world.one.docker(['ps', '--quiet', '--filter', 'name=other_friend']);
      return stdout.trim() === '';
    }, 60_000);
  }
}

async function takenAddress(world: World): Promise<Outcome> {
  const [friend, target] = [world.on('friend', world.one), world.on('victim', world.one)];
  const place = await startGuest(world.one, { options: ['--cap-add', 'NET_ADMIN'] });
  try {
    const { address } = friend.overlay;
    const add = ['ip', 'address', 'add', `${address}/32`, 'dev', place.overlay.name];
    await world.one.docker(['exec', place.container, ...add]);
    return await connects(world, place, false, address);
  } finally {
    await place.remove();
    await tellTruth(friend, target);
    await world.honest(world.one, target);
  }
}
