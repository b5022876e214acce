import { mkdirSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import type { AuthzPolicy } from '../../compose-ext/index.ts';
import { FAIL_CLOSED } from '../../rules/authz/roles/fail-closed.ts';
import { TIMES } from '../config.ts';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { policyPath, readPolicyFile } from './policy-file.ts';
import { NO_POLICY, type PolicySource } from './ports.ts';

export interface WatchedPolicy extends PolicySource {
  /** Of what is in force: `none`, a hash, or `unreadable`. */
  revision(): string;
  stop(): void;
}

/**
 * The policy that the agent keeps on disk, read again at each change. A damaged file lets only the local socket read and
 * break the glass; once one was good it stays in force, whatever becomes of the file.
 */
export async function watchPolicy(folder: string, clock: Clock, log: Log): Promise<WatchedPolicy> {
  let policy: AuthzPolicy = FAIL_CLOSED;
  let revision = 'unreadable';
  let problem: string | undefined;
  let good = false;
  let stopped = false;
  let reading: Promise<void> | undefined;
  let again = false;
  let cancel: () => void = () => undefined;

  async function readOnce(): Promise<void> {
    try {
      const found = await readPolicyFile(folder);
      if (found === undefined && good && revision !== 'none') {
        tell(`${policyPath(folder)} is gone; what it said stays in force`);
        return;
      }
      good = true;
      problem = undefined;
      policy = found?.policy ?? NO_POLICY;
      const now = found?.revision ?? 'none';
      if (now !== revision) log.info({ revision: now, before: revision }, 'authorization policy is in force');
      revision = now;
    } catch (error) {
      tell(asFault(error).message);
    }
  }

  function tell(what: string): void {
    if (problem !== what)
      log.error(
        { what },
        good
          ? 'the authorization policy cannot be read: the last good one stays in force'
          : 'the authorization policy cannot be read: the local socket may read and break the glass, nobody else anything',
      );
    problem = what;
  }

  async function read(): Promise<void> {
    if (reading !== undefined) {
      again = true;
      return reading;
    }
    reading = readOnce();
    await reading;
    reading = undefined;
    if (again && !stopped) {
      again = false;
      await read();
    }
  }

  function poll(): void {
    cancel = clock.after(TIMES.policyPoll, () => {
      void read().then(() => {
        if (!stopped) poll();
      });
    });
  }

  const watcher = watchFolder(folder, log, () => void read());
  await read();
  poll();
  return {
    policy: () => policy,
    problem: () => (good ? undefined : problem),
    revision: () => revision,
    stop: () => {
      stopped = true;
      cancel();
      watcher?.close();
    },
  };
}

/** Polling stands in where watching does not work. */
function watchFolder(folder: string, log: Log, onChange: () => void): FSWatcher | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const watcher = watch(folder, { persistent: false }, (_, file) => {
      if (file === null || file === basename(policyPath(folder))) onChange();
    });
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch (error) {
    log.warn({ folder, why: asFault(error).message }, 'changes of the policy are seen by polling only');
    return undefined;
  }
}
