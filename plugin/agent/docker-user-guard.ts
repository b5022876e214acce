import type { SwarmRecord } from '../docker/swarm-mapper.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import type { ProgramHealth } from '../protocol.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';

export interface DockerUserGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

export interface DockerUserGuard {
  setEngine(swarm: SwarmRecord): void;
  distrust(): void;
  apply(policy: HeldPolicy, facts: LocalFacts | undefined): Promise<void>;
  health(): readonly ProgramHealth[];
  stop(): void;
}

export function guardDockerUser({ log }: DockerUserGuardOptions): DockerUserGuard {
  return {
    setEngine: () => undefined,
    distrust: () => {
      log.debug({}, "distrust");
    },
    apply: () => Promise.resolve(),
    health: () => [],
    stop: () => undefined,
  };
}
