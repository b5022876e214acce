import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import type { NodePresence } from '../../../rules/anomalies/silent-nodes.ts';
import type { FlowLine } from '../../api/types.ts';
import { LIMITS, TIMES } from '../../config.ts';
import { asFault } from '../../fault.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';

export interface LearnPastOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: () => readonly NodePresence[];
  /** What nodes have in their logs. */
  readonly past: (query: FlowQuery) => Promise<readonly FlowLine[]>;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly learn: (record: FlowRecord) => void;
  readonly onLearnt: () => void;
}

/** For a controller that does not know what is usual: from the newest flows in the nodes' logs, once the nodes are here. Returns how to end it. */
export function learnPast({ clock, log, nodes, past, since, learn, onLearnt }: LearnPastOptions): () => void {
  const until = clock.now();
  const begun = clock.elapsed();
  let ended = false;
  let cancel = clock.after(TIMES.pastLook, look);

  function look(): void {
    const up = nodes().filter(({ state }) => state !== 'down');
    const all = up.length > 0 && up.every(({ state }) => state === 'connected');
    const late = clock.elapsed() - begun >= TIMES.pastMost;
    if (all || (late && up.some(({ state }) => state === 'connected'))) void ask();
    else again();
  }

  function again(): void {
    if (!ended) cancel = clock.after(TIMES.pastLook, look);
  }

  async function ask(): Promise<void> {
    try {
      let count = 0;
      for (const line of await past({ since, until, limit: LIMITS.flowsAsked }))
        if (!('notice' in line)) {
          learn(line);
          count += 1;
        }
      onLearnt();
      log.info({ flows: count, since }, "what is usual was learnt from the nodes' logs");
    } catch (error) {
      log.warn({ why: asFault(error).message }, "what is usual can't be learnt from the nodes' logs yet");
      again();
    }
  }

  return () => {
    ended = true;
    cancel();
  };
}
