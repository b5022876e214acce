import { LIMITS } from '../config.ts';
import { bytesOf, type AuthzDocuments } from '../policy-store/authz-documents.ts';
import type { PolicyProblem } from '../policy-store/stored-policies.ts';
import type { AgentSession } from './agent-session.ts';

export interface AuthzFeed {
  /** Sends them, whole, to each subscribed agent that has not been sent these. */
  advance(stored: AuthzDocuments, sessions: Iterable<AgentSession>): void;
  end(session: AgentSession): void;
  /** Of what is sent. */
  readonly revision: string;
  readonly problems: readonly PolicyProblem[];
}

/** What is stored about the Docker API, to every node. Only what was read is ever sent: no documents are an answer, too. */
export function createAuthzFeed(): AuthzFeed {
  const sent = new Map<AgentSession, string>();
  let current: AuthzDocuments = { revision: 'none', documents: [] };
  let problems: readonly PolicyProblem[] = [];

  return {
    get revision() {
      return current.revision;
    },
    get problems() {
      return problems;
    },
    advance: (stored, sessions) => {
      const bytes = bytesOf(stored.documents);
      const fits = bytes <= LIMITS.authzBytes;
      problems = fits ? [] : [tooLarge(bytes)];
      if (fits) current = stored;
      // What was sent before stays in force where it is, but nobody is sent less than what is stored.
      else return;
      for (const session of sessions) {
        if (!session.subscribed || sent.get(session) === current.revision) continue;
        session.send({ type: 'authz', ...current });
        sent.set(session, current.revision);
      }
    },
    end: (session) => {
      sent.delete(session);
    },
  };
}

function tooLarge(bytes: number): PolicyProblem {
  return {
    config: 'authorization',
    code: 'authz-too-large',
    message: `its documents have ${bytes} bytes together, of ${LIMITS.authzBytes} at most: the nodes keep what they have`,
  };
}
