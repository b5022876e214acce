import { TIMES } from '../config.ts';
import { toSwarmRecord, type SwarmRecord } from '../docker/swarm-mapper.ts';
import type { AgentWorld } from './agent-world.ts';
import type { BridgePorts } from './bridge-ports.ts';
import type { BridgePolicy } from './bridges/bridge-policy.ts';
import { gatherFacts, type LocalFacts } from './local-facts.ts';
import type { NetworkGuards } from './network-guards.ts';
import type { Claims } from './starts/claims.ts';
import type { SeenStarts } from './starts/seen-starts.ts';

export interface SurroundingsOptions {
  readonly world: Pick<AgentWorld, 'clock' | 'engine' | 'netns'>;
  readonly bridgePorts: BridgePorts;
  /** Told what is here, as it becomes known. */
  readonly networks: Pick<NetworkGuards, 'seeFiles' | 'seeFacts' | 'apply'>;
  readonly bridgePolicy: Pick<BridgePolicy, 'update'>;
  /** What Docker has not told of yet. */
  readonly seen: Pick<SeenStarts, 'facts' | 'compare'>;
  readonly claims: Pick<Claims, 'listed'>;
  readonly onSwarm: (swarm: SwarmRecord) => void;
  /** A run is due, as there may be more to see. */
  readonly onDirty: (how?: { readonly whole: true }) => void;
}

/** What this node is part of, and what runs on it. */
export interface Surroundings {
  /** Undefined until Docker has answered. */
  readonly swarm: SwarmRecord | undefined;
  /** Docker's, and what was seen at starts that it does not tell of yet. */
  readonly facts: LocalFacts | undefined;
  /** They may have changed since the last look. */
  readonly outdated: boolean;
  outdate(): void;
  /** Guards first what the names of the files tell, then what Docker tells. @throws Fault */
  look(whole: boolean): Promise<void>;
}

/** How soon to look again while an endpoint's port is not there yet. */
const UNFINISHED = 25;
/** And for how long in a row, before leaving it to events and the resync. */
const UNFINISHED_MOST = 80;

export function watchSurroundings(options: SurroundingsOptions): Surroundings {
  const { networks, bridgePolicy, bridgePorts, seen, onDirty } = options;
  const { clock, engine, netns } = options.world;
  const images = new Map<string, Readonly<Record<string, string>>>();
  let swarm: SwarmRecord | undefined;
  let facts: LocalFacts | undefined;
  let outdated = true;
  /** Looks in a row. */
  let unfinished = 0;

  function outdate(): void {
    outdated = true;
  }

  async function findSwarm(): Promise<void> {
    swarm = toSwarmRecord(await engine.info());
    options.onSwarm(swarm);
    // A node outside any Swarm that joins one has new networks, and tells so.
    if (swarm.state !== 'active' && swarm.state !== 'inactive')
      clock.after(TIMES.dockerRetry, () => {
        onDirty({ whole: true });
      });
  }

  return {
    get swarm() {
      return swarm;
    },
    get facts() {
      return facts && seen.facts(facts);
    },
    get outdated() {
      return outdated;
    },
    outdate,
    look: async (whole) => {
      outdated = false;
      await networks.seeFiles(await netns(), facts?.overlays ?? []);
      await networks.apply();
      if (whole || swarm?.state !== 'active') await findSwarm();
      const began = clock.elapsed();
      facts = await gatherFacts({ engine, netns, bridgePorts, images });
      options.claims.listed(facts.claims, began);
      seen.compare(facts, began);
      bridgePolicy.update(facts.bridges);
      await networks.seeFacts(facts);
      await networks.apply();
      unfinished = facts.unfinished ? unfinished + 1 : 0;
      if (unfinished > 0 && unfinished < UNFINISHED_MOST)
        clock.after(UNFINISHED, () => {
          outdate();
          onDirty();
        });
    },
  };
}
