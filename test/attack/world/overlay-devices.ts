import type { LabNode } from '../../lab/node.ts';
import type { Place } from './place.ts';
import type { World } from './world.ts';

interface Device {
  readonly ifindex: number;
  readonly ifname: string;
  readonly address: string;
}

async function devices(world: World, node: LabNode): Promise<readonly Device[]> {
  const path = await node.overlayNetns(world.network.id);
  if (path === undefined) throw new Error(`${node.name} has no namespace of the overlay.`);
  const { stdout } = await node.inNetns(path, 'ip', ['-j', 'link', 'show']);
  return JSON.parse(stdout) as Device[];
}

/** MAC of the overlay's bridge on the place's node. */
export async function bridgeMac(world: World, { node }: Place): Promise<string> {
  const found = (await devices(world, node)).find(({ ifname }) => ifname === 'br0');
  if (found === undefined) throw new Error(`${node.name} has no br0.`);
  return found.address;
}

/** MAC of the bridge's end of the place's own veth. */
export async function portMac(world: World, { node, container, overlay }: Place): Promise<string> {
  const file = `/sys/class/net/${overlay.name}/iflink`;
  const { stdout } = await node.docker(['exec', container, 'cat', file]);
  const found = (await devices(world, node)).find(({ ifindex }) => ifindex === Number(stdout));
  if (found === undefined) throw new Error(`No port of ${container}.`);
  return found.address;
}
