import { readPolicyFile, writePolicyFile } from '../authz/policy-file.ts';
import { asFault, Fault } from '../fault.ts';
import { TIMES } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { readAuthzDocuments, type AuthzDocuments } from '../policy-store/authz-documents.ts';

export interface KeptAuthz {
  /** Of what is on the disk; undefined: nothing that can be read. */
  readonly revision: string | undefined;
  /** Keeps them, one after the other. What is wrong is never kept: the last good ones stay. */
  take(message: AuthzDocuments): Promise<void>;
  /** Settles when what was taken so far is on the disk, or has failed. */
  settled(): Promise<void>;
  stop(): void;
}

export interface KeepAuthzOptions {
  readonly folder: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  /** The revision is another one. */
  readonly onChange: () => void;
  readonly onError: (error: Fault) => void;
}

/**
 * Writes what a manager tells of the Docker API to where this node's authorization reads it, and looks now and then whether
 * it is still there: a file that was damaged, or a disk that was full, is made good.
 */
export function keepAuthz({ folder, clock, log, onChange, onError }: KeepAuthzOptions): KeptAuthz {
  let revision: string | undefined;
  /** The newest that a manager told. */
  let wanted: AuthzDocuments | undefined;
  let last: Promise<void> = look();
  let stopped = false;
  let cancel: () => void = () => undefined;

  async function look(): Promise<void> {
    try {
      note((await readPolicyFile(folder))?.revision);
    } catch (error) {
      log.error({ why: asFault(error).message }, 'the authorization policy on this node cannot be read');
      note(undefined);
    }
  }

  function note(found: string | undefined): void {
    const changed = found !== revision;
    revision = found;
    if (changed) onChange();
  }

  async function keep({ revision: next, documents }: AuthzDocuments): Promise<void> {
    if (next === revision) return;
    const read = readAuthzDocuments({ revision: next, documents });
    if (read.kind === 'wrong')
      throw new Fault('peer-invalid', `the manager sent an authorization policy that is wrong: ${read.why}`);
    await writePolicyFile(folder, { revision: next, documents });
    const before = revision;
    log.info({ revision: next, before, documents: documents.length }, 'authorization policy is kept');
    note(next);
  }

  function queue(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch((error: unknown) => {
      onError(asFault(error));
    });
    return last;
  }

  function repairLater(): void {
    cancel = clock.after(TIMES.authzRepair, () => {
      void queue(async () => {
        if (wanted === undefined) return;
        await look();
        await keep(wanted);
      }).then(() => {
        if (!stopped) repairLater();
      });
    });
  }

  repairLater();
  return {
    get revision() {
      return revision;
    },
    take: (message) => {
      wanted = message;
      return queue(() => keep(message));
    },
    settled: () => last,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
