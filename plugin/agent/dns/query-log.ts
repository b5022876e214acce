import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';

/**
 * listed: a rule names it. unlisted: none does, answered all the same. refused: none does, and the stack is strict.
 * failed: no answer, or the kernel took it not.
 */
export type QueryVerdict = 'listed' | 'unlisted' | 'refused' | 'failed';

export interface LoggedQuery {
  readonly service: ServiceKey;
  readonly name: string;
  readonly type: string;
  readonly verdict: QueryVerdict;
  readonly addresses?: readonly string[];
  readonly why?: string;
}

export interface QueryLog {
  write(query: LoggedQuery): void;
  /** Since the agent's start. */
  readonly refused: number;
}

const MOST = 50;
const WINDOW = 1_000;

/** Every query, with the service that made it; of more than 50 in a second only how many. */
export function createQueryLog(log: Log, clock: Clock): QueryLog {
  let written = 0;
  let suppressed = 0;
  let refused = 0;
  let counting = false;

  function end(): void {
    counting = false;
    if (suppressed > 0) log.info({ suppressed }, 'DNS queries not logged one by one');
    written = suppressed = 0;
  }

  return {
    write: ({ verdict, ...query }) => {
      if (verdict === 'refused') refused += 1;
      if (!counting) clock.after(WINDOW, end);
      counting = true;
      if (written >= MOST) suppressed += 1;
      else log.info({ ...query, verdict }, 'DNS query');
      written += 1;
    },
    get refused() {
      return refused;
    },
  };
}
