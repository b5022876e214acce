import type { Encryption } from '../kernel/encryption.ts';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import { countErrors } from '../metrics/error-counts.ts';
import type { Clock } from '../process/clock.ts';
import type { AgentHealth, ProgramHealth } from '../protocol.ts';

export interface HealthRecord {
  setEncryption(encryption: Encryption): void;
  /** Rules that others changed were put back. */
  drift(what: string): void;
  /** Logged once for each new message. */
  fail(error: unknown): void;
  recover(): void;
  readonly driftRepaired: number;
  /** Failures since it began, by code. */
  readonly errors: ReadonlyMap<string, number>;
  current(
    revision: number,
    programs: readonly ProgramHealth[],
    encrypted: AgentHealth['encrypted'],
  ): AgentHealth;
}

export function recordHealth(clock: Clock, log: Log, driftBefore: number): HealthRecord {
  const startedAt = clock.now();
  let encryption: Encryption = 'unknown';
  let driftRepaired = driftBefore;
  let lastDrift: AgentHealth['lastDrift'];
  let lastError: AgentHealth['lastError'];
  let failing = false;
  const errors = countErrors();

  return {
    setEncryption: (found) => {
      encryption = found;
    },
    drift: (what) => {
      driftRepaired += 1;
      lastDrift = { at: clock.now(), what };
      log.warn({ what }, 'rules were changed by others: put back');
    },
    fail: (error) => {
      const { code, message } = asFault(error);
      errors.count(error);
      if (!failing || lastError?.message !== message) log.error({ code, err: error }, message);
      failing = true;
      lastError = { at: clock.now(), code, message: message.slice(0, 1_000) };
    },
    recover: () => {
      failing = false;
    },
    get driftRepaired() {
      return driftRepaired;
    },
    errors: errors.byCode,
    current: (revision, programs, encrypted) => ({
      revision,
      mode: failing || programs.some(({ state }) => state === 'failed') ? 'degraded' : 'enforcing',
      programs,
      driftRepaired,
      ...(lastDrift ? { lastDrift } : {}),
      ...(lastError ? { lastError } : {}),
      encryption,
      encrypted,
      startedAt,
    }),
  };
}
