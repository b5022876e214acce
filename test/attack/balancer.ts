import type { Attack, Outcome } from './attack.ts';
import { ethernet, TYPE } from './packet/ethernet.ts';
import { udp4 } from './packet/transport.ts';
import type { Wire } from '../lab/wire/wire.ts';
import { virtualAddresses } from '../lab/virtual-addresses.ts';
import { arrival, dialling, sees } from './world/arrival.ts';
import type { Place } from './world/place.ts';
import { PORT } from './world/stack.ts';
import type { World } from './world/world.ts';

const LEG_ONE =
  "what is sent to a virtual IP is judged on the client's node, as if it went to the service itself";

const virtualIp = async (world: World): Promise<string> => {
  const [address] = (await virtualAddresses(world.lab)).get('field_balanced') ?? [];
  if (address === undefined) throw new Error('field_balanced has no virtual IP');
  return address;
};

/** By the kernel's own connections; the friend's way through the same virtual IP is the honest one. */
async function byVirtualIp(world: World, from: Place, port: number): Promise<Outcome> {
  const address = await virtualIp(world);
  const friend = world.on('friend', from.node).wire;
  return dialling(from.wire, { protocol: 'tcp', address, port }, world.token(), () =>
    answeredThrough(world, friend, address, PORT.balanced.allowed),
  );
}

/** Whoever it is behind a load balancer. */
async function answeredThrough(world: World, from: Wire, address: string, port: number): Promise<void> {
  const token = world.token();
  const connection = from.open({ protocol: 'tcp', address, port });
  try {
    if (!(await from.until(() => connection.opened, 10_000)))
      throw new Error(`the honest connection to ${address}:${String(port)} does not open`);
    connection.say(`${token}\n`);
    if (!(await from.until(() => connection.heard.includes(token), 10_000)))
      throw new Error(`the honest connection to ${address}:${String(port)} is not answered`);
  } finally {
    connection.close();
  }
}

/** The interface on the ingress network: the one that is neither the overlay's nor docker_gwbridge's. */
function onIngress({ wire, overlay, gateway }: Place) {
  const found = wire.links.find(
    ({ name, address }) => address.startsWith('10.') && name !== overlay.name && name !== gateway.name,
  );
  if (found === undefined) throw new Error(`nothing on the ingress network: ${JSON.stringify(wire.links)}`);
  return found;
}

/** The client outside, through the routing mesh: any of its tasks may answer. */
async function clientThroughMesh(world: World): Promise<void> {
  await answeredThrough(world, world.outside, world.one.address, PORT.meshed.published);
}

export const BALANCER: readonly Attack[] = [
  {
    name: 'a virtual IP',
    area: 'balancer',
    from: 'attacker',
    needs: 'vm',
    does: 'connects to the virtual IP of a service that it may not reach: the backend sees the load balancer, not the attacker',
    stoppedBy: LEG_ONE,
    attempt: (world) => byVirtualIp(world, world.on('attacker', world.one), PORT.balanced.allowed),
  },
  {
    name: 'a denied port of a virtual IP',
    area: 'balancer',
    from: 'friend',
    needs: 'vm',
    does: 'connects, as it may, to the virtual IP, but to a port that it may not use',
    stoppedBy: LEG_ONE,
    attempt: (world) => byVirtualIp(world, world.on('friend', world.one), PORT.balanced.denied),
  },
  {
    name: 'a port of the routing mesh from inside',
    area: 'ingress',
    from: 'attacker',
    needs: 'vm',
    does: "connects to a published port at its own node's address, whose load balancer hides who asks",
    stoppedBy:
      'a task is no client outside: it reaches published ports by policy only, whichever way it takes',
    attempt: (world) => {
      const { wire } = world.on('attacker', world.one);
      const dial = { protocol: 'tcp', address: world.one.address, port: PORT.meshed.published } as const;
      return dialling(wire, dial, world.token(), () => clientThroughMesh(world));
    },
  },
  {
    name: "the ingress network with the application network's address",
    area: 'ingress',
    from: 'another service behind the mesh, same node',
    needs: 'vm',
    does: 'sends on the ingress network in the name that it has on its own network',
    stoppedBy: 'a port may send only as the address and MAC that its own endpoint has there',
    attempt: async (world) => {
      const [source, target] = [world.on('landed', world.one), world.on('meshed', world.one)];
      const [from, to] = [onIngress(source), onIngress(target)];
      const token = world.token();
      const ports = { source: world.sourcePort(), target: PORT.meshed.unpublishedUdp };
      const packet = udp4({ from: source.overlay.address, to: to.address }, ports, token);
      return arrival({
        send: () => {
          source.wire.frame(from.name, ethernet({ from: from.mac, to: to.mac }, TYPE.ip4, packet));
        },
        arrived: sees(target.wire, token),
        honest: () => clientThroughMesh(world),
      });
    },
  },
];
