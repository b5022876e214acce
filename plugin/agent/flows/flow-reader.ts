import { FIRST_GROUP, type LogPlace } from '../../../rules/flows/log-groups.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Converse, Conversation } from '../../process/converse.ts';
import { parseReaderLine, type ReaderLine } from './reader-line.ts';

export interface FlowReaderOptions {
  /** The program. */
  readonly file: string;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly onLine: (line: ReaderLine) => void;
}

export interface FlowReader {
  /** Reads what one place's programs say in the namespace at this path; @returns the number that its lines have */
  watch(path: string, place?: LogPlace): number;
  unwatch(watch: number): void;
  /** Asks it to read all that the kernel has logged by now. @returns the number of its answer, `synced`; undefined: it does not run */
  sync(): number | undefined;
  stop(): void;
}

const RETRY_FIRST = 250;
const RETRY_MOST = 30_000;
/** Of a line without an end: no line of the reader's is so long. */
const MOST_LINE = 4_096;
/** As flow-reader/flow.h has it. */
const MOST_WATCHES = 4_096;
const MOST_QUESTIONS = 1_000_000;

/** The reader's process: begun with the first namespace, begun again when it ends, told anew what to watch. */
export function startFlowReader({ file, converse, clock, log, onLine }: FlowReaderOptions): FlowReader {
  /** As the reader is told: groups and path. */
  const watched = new Map<number, string>();
  let running: Conversation | undefined;
  let cancelRetry: (() => void) | undefined;
  let retry = RETRY_FIRST;
  let next = 0;
  let questions = 0;
  let stopped = false;

  function freeNumber(): number {
    // Not the one that went last: lines about it may still come.
    do next = (next + 1) % MOST_WATCHES;
    while (watched.has(next));
    return next;
  }

  function takeLine(text: string): void {
    const line = parseReaderLine(text);
    if (line?.kind === 'open') retry = RETRY_FIRST;
    if (line === undefined)
      log.warn({ line: text.slice(0, 200) }, 'the flow reader said what nobody understands');
    else if (line.kind === 'failed')
      log.warn({ namespace: watched.get(line.watch), why: line.why }, 'flows of a namespace cannot be read');
    else onLine(line);
  }

  function start(): void {
    cancelRetry = undefined;
    if (stopped || running !== undefined || watched.size === 0) return;
    let rest = '';
    const conversation = converse(file, [], (text) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-MOST_LINE);
      for (const line of lines) takeLine(line);
    });
    running = conversation;
    for (const [watch, what] of watched) conversation.say(`open ${watch} ${what}\n`);
    void conversation.ended.then(() => {
      running = undefined;
      if (stopped) return;
      log.warn({ file, again: retry }, 'the flow reader has ended: no flow is recorded until it runs again');
      cancelRetry = clock.after(retry, start);
      retry = Math.min(retry * 2, RETRY_MOST);
    });
  }

  return {
    watch: (path, place = 'network') => {
      const watch = freeNumber();
      const what = `${FIRST_GROUP[place]} ${path}`;
      watched.set(watch, what);
      if (running === undefined) {
        if (cancelRetry === undefined) start();
      } else running.say(`open ${watch} ${what}\n`);
      return watch;
    },
    unwatch: (watch) => {
      if (watched.delete(watch)) running?.say(`close ${watch}\n`);
    },
    sync: () => {
      if (running === undefined) return undefined;
      questions = (questions % MOST_QUESTIONS) + 1;
      running.say(`sync ${questions}\n`);
      return questions;
    },
    stop: () => {
      stopped = true;
      cancelRetry?.();
      running?.stop();
    },
  };
}
