import type { Attack, Outcome } from './attack.ts';
import { dialling } from './world/arrival.ts';
import { startGuest } from './world/guest.ts';
import { PORT, STRANGER } from './world/stack.ts';
import type { World } from './world/world.ts';

const BY_CLIENT =
  "what comes in for a published port is judged by the client's address on the node that it enters by";
const FROM_TASKS =
  'a task is no client outside: it reaches published ports by policy only, whichever way it takes';

const tcp = (address: string) => ({ protocol: 'tcp', address, port: PORT.edge.published }) as const;

const strange = (name: string, does: string, protocol: 'tcp' | 'udp'): Attack => ({
  name,
  area: 'published',
  from: 'outside host, an address that the policy does not name',
  does,
  stoppedBy: BY_CLIENT,
  attempt: (world) => {
    const edge = world.on('edge', world.one);
    const port = protocol === 'tcp' ? PORT.edge.published : PORT.edge.udpPublished;
    const dial = { protocol, address: world.one.address, port, own: { address: STRANGER } };
    return dialling(world.outside, dial, world.token(), () => world.honestClient(edge));
  },
});

const fromTask = (
  name: string,
  does: string,
  address: (world: World) => string | Promise<string>,
): Attack => ({
  name,
  area: 'published',
  from: 'attacker',
  does,
  stoppedBy: FROM_TASKS,
  attempt: async (world) => taskToPublished(world, await address(world)),
});

export const PUBLISHED: readonly Attack[] = [
  strange('a stranger at a published port', 'connects to a port that is published for another client', 'tcp'),
  strange('a stranger at a published UDP port', 'the same by UDP', 'udp'),
  {
    name: 'a stranger by IPv6',
    area: 'published',
    from: 'outside host',
    does: "connects to the node's link-local IPv6 address: docker-proxy listens there, and would go on by IPv4 as the node itself",
    stoppedBy: 'docker-proxy gets nothing by IPv6 for a port that is not for all of the world',
    attempt: async (world) => {
      const { stdout } = await world.one.run('ip', [
        '-j',
        '-6',
        'addr',
        'show',
        'dev',
        'eth0',
        'scope',
        'link',
      ]);
      const [link] = JSON.parse(stdout) as [{ addr_info: { local: string }[] }];
      const dial = tcp(`${link.addr_info[0]!.local}%eth0`);
      return dialling(world.outside, dial, world.token(), () =>
        world.honestClient(world.on('edge', world.one)),
      );
    },
  },
  fromTask(
    "a published port by its own node's address",
    'connects from the inside to the port that its node publishes: docker-proxy would take it and go on as the node itself',
    ({ one }) => one.address,
  ),
  fromTask(
    "a published port by another node's address",
    'the same to the other node',
    ({ two }) => two.address,
  ),
  fromTask("a published port by the bridge's address", "the same to docker_gwbridge's own address", (world) =>
    world.on('attacker', world.one).gateway.address.replace(/\d+\.\d+$/, '0.1'),
  ),
  fromTask(
    "a published port by another bridge's address",
    "the same to docker0's address, which is the node's, too, and in no list of the Swarm's nodes",
    async ({ one }) => {
      const { stdout } = await one.run('ip', ['-j', '-4', 'addr', 'show', 'dev', 'docker0']);
      const [bridge] = JSON.parse(stdout) as [{ addr_info: { local: string }[] }];
      return bridge.addr_info[0]!.local;
    },
  ),
  {
    name: 'a published port from a container that is no task',
    area: 'published',
    from: 'plain container',
    does: 'is started by hand on the overlay, and connects by docker_gwbridge to the port that its node publishes',
    stoppedBy: FROM_TASKS,
    attempt: async (world) => {
      const guest = await startGuest(world.one);
      try {
        return await dialling(guest.wire, tcp(world.one.address), world.token(), () =>
          world.honestClient(world.on('edge', world.one)),
        );
      } finally {
        await guest.remove();
      }
    },
  },
];

function taskToPublished(world: World, address: string): Promise<Outcome> {
  const { wire } = world.on('attacker', world.one);
  const edge = world.on('edge', address === world.two.address ? world.two : world.one);
  return dialling(wire, tcp(address), world.token(), () => world.honestClient(edge));
}
