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
}

export interface KeepAuthzOptions {
  readonly folder: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  /** The revision is another one. */
  readonly onChange: () => void;
  readonly onError: (error: Fault) => void;
}

/** Writes what a manager tells of the Docker API to where this node's authorization reads it. */
export function keepAuthz({ folder, clock, log, onChange, onError }: KeepAuthzOptions): KeptAuthz {
  let revision: string | undefined;
  let last: Promise<void> = readPolicyFile(folder).then(
    (found) => {
      revision = found?.revision;
      onChange();
    },
    (error: unknown) => {
      log.error({ why: asFault(error).message }, 'the authorization policy on this node cannot be read');
    },
  );

  async function keep({ revision: next, documents }: AuthzDocuments): Promise<void> {
    const read = readAuthzDocuments({ revision: next, documents });
    if (read.kind === 'wrong')
      throw new Fault('peer-invalid', `the manager sent an authorization policy that is wrong: ${read.why}`);
    if (next === revision) return;
    await writePolicyFile(folder, { revision: next, documents });
    log.info(
      { revision: next, before: revision, documents: documents.length },
      'authorization policy is kept',
    );
    revision = next;
    onChange();
  }

  /** The newest that was taken. */
  let wanted: AuthzDocuments | undefined;

  function take(message: AuthzDocuments): Promise<void> {
    wanted = message;
    last = last
      .then(() => keep(message))
      .catch((error: unknown) => {
        const fault = asFault(error);
        onError(fault);
        // A full disk may have room later, and no manager says it again.
        if (fault.code === 'state-unwritable')
          clock.after(TIMES.retryMost, () => {
            if (wanted === message) void take(message);
          });
      });
    return last;
  }

  return {
    get revision() {
      return revision;
    },
    take,
    settled: () => last,
  };
}
