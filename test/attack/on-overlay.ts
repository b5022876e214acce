import type { Attack, Outcome } from './attack.ts';
import type { Between } from './packet/ethernet.ts';
import type { Place } from './world/place.ts';
import { arrival, sees } from './world/arrival.ts';
import type { Role, World } from './world/world.ts';

/** Who is who in one attempt on the overlay. */
export interface Scene {
  readonly source: Place;
  readonly target: Place;
  /** On the source's node, and whom the target takes. */
  readonly friend: Place;
  readonly token: string;
  /** Fresh for each attempt. */
  readonly sourcePort: number;
}

export const macs = ({ source, target }: Pick<Scene, 'source' | 'target'>): Between => ({
  from: source.overlay.mac,
  to: target.overlay.mac,
});
export const addresses = ({ source, target }: Pick<Scene, 'source' | 'target'>): Between => ({
  from: source.overlay.address,
  to: target.overlay.address,
});

export interface OverlayAttack extends Omit<Attack, 'from' | 'attempt'> {
  readonly from?: Role;
  readonly to?: Role;
  readonly across?: boolean;
  readonly frames: (scene: Scene, world: World) => readonly Uint8Array[];
  /** See `Arrival`. */
  readonly mend?: (scene: Omit<Scene, 'sourcePort'>) => Promise<void>;
}

/** Frames on the source's overlay interface; through: the token is seen at the target's. */
export function onOverlay({
  from = 'attacker',
  to = 'victim',
  across = false,
  frames,
  mend,
  ...attack
}: OverlayAttack): Attack {
  return {
    ...attack,
    from: `${from}${across ? ', another node' : ', same node'}`,
    attempt(world): Promise<Outcome> {
      const source = world.on(from, world.one);
      const target = world.on(to, across ? world.two : world.one);
      const token = world.token();
      const friend = world.on('friend', world.one);
      return arrival({
        send: () => {
          const scene = { source, target, friend, token, sourcePort: world.sourcePort() };
          source.wire.frame(source.overlay.name, ...frames(scene, world));
        },
        arrived: sees(target.wire, token),
        honest: () => world.honest(world.one, world.on('victim', target.node)),
        ...(mend && { mend: () => mend({ source, target, friend, token }) }),
      });
    },
  };
}
