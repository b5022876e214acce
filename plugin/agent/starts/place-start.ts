import type { Log } from '../../log.ts';
import type { Enforcers } from '../enforcers.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Claims } from './claims.ts';
import type { StartView } from './judge-start.ts';
import type { SeenStarts } from './seen-starts.ts';
import type { StartQuestion } from './start-question.ts';
import { gatewayAddress } from './with-starts.ts';

/** What the kernel holds then; undefined: only a run of the agent can tell. */
export type PlaceStart = (question: StartQuestion) => Promise<StartView | undefined>;

export interface PlaceStartOptions {
  readonly log: Log;
  readonly policy: HeldPolicy;
  readonly surroundings: Pick<Surroundings, 'facts'>;
  readonly enforcers: Pick<Enforcers, 'networks' | 'gateway' | 'dockerUser' | 'ipv6Edge' | 'bridges'>;
  readonly seen: Pick<SeenStarts, 'add'>;
  readonly claims: Pick<Claims, 'of'>;
}

/**
 * Puts a container into the kernel by what the guard runtime saw of it there, beside the runs: they wait for Docker, which is
 * slow to tell of what it is starting. Who the container is the managers have said, of the task that it was made for.
 */
export function startPlacer(options: PlaceStartOptions): PlaceStart {
  const { log, policy, surroundings, claims, seen } = options;
  const { networks, gateway, dockerUser, ipv6Edge, bridges } = options.enforcers;
  return async ({ container, interfaces }) => {
    const files = new Set(interfaces.flatMap((each) => (each.kind === 'overlay' ? [each.file] : [])));
    const claim = claims.of(container);
    if (surroundings.facts === undefined || claim === undefined || !policy.known || files.size === 0)
      return undefined;
    // Their networks and addresses came with them.
    const placed = new Set(policy.tasks.keys());
    seen.add({ container, task: claim.task, interfaces });
    const { facts } = surroundings;
    // Of another bridge, or of a docker_gwbridge that is as new as the container, only Docker can tell.
    const reached = interfaces.every(
      (each) => each.kind !== 'host' || gatewayAddress(facts.gateway, each.addresses) !== undefined,
    );
    const overlays = facts.overlays.filter(({ file }) => files.has(file));
    try {
      const [done] = await Promise.all([
        networks.placePorts(overlays),
        gateway.apply(policy, facts),
        dockerUser.apply(policy, facts),
      ]);
      if (!done || !reached || overlays.length < files.size) return undefined;
    } catch (error) {
      log.info({ container, err: error }, 'a start goes the long way');
      return undefined;
    }
    return {
      ...{ facts, policy, placed },
      ...{ guard: networks.view, bridges: bridges.view, holdsGateway: dockerUser.holds },
      holdsGateway6: ipv6Edge.holds,
    };
  };
}
