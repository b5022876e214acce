import { LIMITS, TIMES } from '../../config.ts';
import type { Clock } from '../../process/clock.ts';
import { flowKey } from '../../../rules/flows/flow-key.ts';
import { flowFilter } from '../../../rules/flows/match-flow.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { createSeenFlows, type SeenFlows } from '../../../rules/staged/seen-flows.ts';
import type { StagedChange } from '../../staged/staged-change.ts';
import { readPast, type PastGap, type PastQuestion } from './past-flows.ts';

export interface FlowMemoryOptions extends Pick<PastQuestion, 'ask'> {
  readonly clock: Clock;
  readonly nodes: () => PastQuestion['nodes'];
  /** Of those in this manager's memory, the ones that fit. */
  readonly recent: (query: FlowQuery) => readonly FlowRecord[];
  /** Every flow as it comes, of the past and now: what is not kept apart in memory is judged all the same. */
  readonly onFlow: (flow: FlowRecord) => void;
}

/** What is known of the flows from some time on. */
export interface Look {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Absent: of all stacks. */
  readonly stack?: string;
  readonly gaps: readonly PastGap[];
  readonly seen: SeenFlows;
}

export interface FlowMemory {
  /** As they come. */
  take(flows: readonly FlowRecord[]): void;
  /** Reads the nodes' logs anew: of one stack, or of all. One after the other; fails as `ask` does. */
  look(stack: string | undefined): Promise<void>;
  /** Undefined until the first look is over. */
  readonly last: Look | undefined;
  /** Nothing is staged. */
  forget(): void;
}

interface Gathering {
  readonly wanted: (flow: FlowRecord) => boolean;
  readonly seen: SeenFlows;
  /** Of the last minutes before it began: the log and the nodes may both tell of these. */
  readonly told: Set<string>;
  readonly toldSince: number;
  /** Undefined while the logs are read. */
  until: number | undefined;
}

/** Whether all flows that this change can be about were looked at. */
export function covers({ stack }: Look, change: StagedChange): boolean {
  return stack === undefined || (change.kind === 'stack' && change.stack === stack);
}

/** The past by the nodes' logs, and what came since. */
export function createFlowMemory(options: FlowMemoryOptions): FlowMemory {
  const { clock, onFlow } = options;
  let last: Look | undefined;
  let current: Gathering | undefined;
  let next: Gathering | undefined;
  let busy: Promise<void> = Promise.resolve();
  let times = 0;

  function add(gathering: Gathering | undefined, flow: FlowRecord): boolean {
    if (gathering === undefined || !gathering.wanted(flow)) return false;
    const { told, toldSince, until = Infinity } = gathering;
    if (flow.last >= toldSince && flow.last < until) {
      const key = flowKey(flow);
      if (told.has(key)) return false;
      // Beyond that a flow is counted twice: better than not at all.
      if (told.size < LIMITS.stagedTold) told.add(key);
    }
    gathering.seen.add(flow);
    return true;
  }

  async function lookNow(stack: string | undefined, forgotten: number): Promise<void> {
    const now = clock.now();
    const since = now - TIMES.stagedPast;
    const gathering: Gathering = {
      wanted: flowFilter(stack === undefined ? {} : { stack }),
      seen: createSeenFlows({ passed: LIMITS.stagedPassed, denied: LIMITS.stagedDenied }),
      told: new Set(),
      toldSince: now - TIMES.stagedSettle,
      until: undefined,
    };
    const take = (flow: FlowRecord): void => {
      if (add(gathering, flow)) onFlow(flow);
    };
    next = gathering;
    for (const flow of options.recent({ since: gathering.toldSince })) take(flow);
    const gaps = await readPast({
      ...{ nodes: options.nodes(), ask: options.ask, since, take },
      // Nodes' clocks may be ahead.
      until: now + TIMES.stagedSettle,
      ...(stack !== undefined && { stack }),
    });
    gathering.until = clock.now() + TIMES.stagedSettle;
    next = undefined;
    if (forgotten !== times) return;
    current = gathering;
    last = {
      ...{ since, seen: gathering.seen },
      gaps: gaps.map((gap) => ({ ...gap, before: Math.min(gap.before, now) })),
      ...(stack !== undefined && { stack }),
    };
  }

  return {
    take: (flows) => {
      for (const flow of flows) {
        const kept = [add(current, flow), add(next, flow)];
        if (kept.includes(true)) onFlow(flow);
      }
    },
    look: (stack) => {
      const forgotten = times;
      // One that failed leaves what was known before.
      busy = busy.catch(() => undefined).then(() => lookNow(stack, forgotten));
      return busy;
    },
    get last() {
      return last;
    },
    forget: () => {
      times += 1;
      current = undefined;
      last = undefined;
    },
  };
}
