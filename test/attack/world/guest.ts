import { IMAGE_OF_GUESTS, NETWORK } from './stack.ts';
import type { LabNode } from '../../lab/node.ts';
import { enter, type Place } from './place.ts';

export interface GuestOptions {
  /** More of `docker run`'s options. */
  readonly options?: readonly string[];
  readonly listens?: string;
}

export interface Guest extends Place {
  remove(): Promise<void>;
}

/** A container that somebody starts by hand on the overlay, which is attachable. */
export async function startGuest(node: LabNode, guest: GuestOptions = {}): Promise<Guest> {
  const { options = [], listens = 'tcp/80' } = guest;
  const run = ['run', '--detach', '--network', NETWORK, ...options, IMAGE_OF_GUESTS, listens];
  const container = (await node.docker(run)).stdout.trim();
  const remove = async (): Promise<void> => {
    await node.docker(['rm', '--force', container]);
  };
  try {
    const format = `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`;
    const { stdout } = await node.docker(['inspect', '--format', format, container]);
    const place = await enter(node, container, stdout.trim());
    return {
      ...place,
      remove: async () => {
        place.wire.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
