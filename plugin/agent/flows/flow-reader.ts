import { FIRST_GROUP, type LogPlace } from '../../../rules/flows/log-groups.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Converse, Conversation } from '../../process/converse.ts';
import { parseReaderLine, type ReaderLine } from './reader-line.ts';
import { sayNoFlows, whyNotUnderstood, type Beginning } from './reader-protocol.ts';

export interface FlowReaderOptions {
  /** The program. */
  readonly file: string;
  /** The agent's own. */
  readonly version: string;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly onLine: (line: ReaderLine) => void;
  /** `problem` is another one now. */
  readonly onProblem: () => void;
}

export interface FlowReader {
  /** Reads what one place's programs say in the namespace at this path; @returns the number that its lines have */
  watch(path: string, place?: LogPlace): number;
  unwatch(watch: number): void;
  /** Asks it to read all that the kernel has logged by now. @returns the number of its answer, `synced`; undefined: it does not run */
  sync(): number | undefined;
  /** Why nothing is read: reader and agent do not understand each other. It is begun again and again, as somebody may mend it. */
  readonly problem: string | undefined;
  stop(): void;
}

const RETRY_FIRST = 250;
const RETRY_MOST = 30_000;
/** Of a line without an end: no line of the reader's is so long. */
const MOST_LINE = 4_096;
/** As flow-reader/flow.h has it. */
const MOST_WATCHES = 4_096;
const MOST_QUESTIONS = 1_000_000;
/** For its first line, which it writes at once. */
const HELLO_WAIT = 15_000;

/** The reader's process: begun with the first namespace, begun again when it ends, told anew what to watch. */
export function startFlowReader(options: FlowReaderOptions): FlowReader {
  const { file, version, converse, clock, log, onLine, onProblem } = options;
  /** As the reader is told: groups and path. */
  const watched = new Map<number, string>();
  let running: Conversation | undefined;
  let cancelRetry: (() => void) | undefined;
  let retry = RETRY_FIRST;
  let next = 0;
  let questions = 0;
  let problem: string | undefined;
  let stopped = false;

  function freeNumber(): number {
    // Not the one that went last: lines about it may still come.
    do next = (next + 1) % MOST_WATCHES;
    while (watched.has(next));
    return next;
  }

  function takeLine(line: ReaderLine | undefined, text: string): void {
    if (line?.kind === 'open') retry = RETRY_FIRST;
    if (line === undefined)
      log.warn({ line: text.slice(0, 200) }, 'the flow reader said what nobody understands');
    else if (line.kind === 'failed')
      log.warn({ namespace: watched.get(line.watch), why: line.why }, 'flows of a namespace cannot be read');
    else onLine(line);
  }

  function setProblem(now: string | undefined): void {
    if (now === problem) return;
    problem = now;
    if (now === undefined) log.info({ file }, 'the flow reader is understood: flows are recorded again');
    else log.error({ file }, sayNoFlows(now));
    onProblem();
  }

  function start(): void {
    cancelRetry = undefined;
    if (stopped || running !== undefined || watched.size === 0) return;
    let rest = '';
    let understood: boolean | undefined;
    const begin = (how: Beginning): void => {
      cancelWait();
      const why = whyNotUnderstood(how, version);
      understood = why === undefined;
      if (!stopped) setProblem(why);
      if (!understood) running?.stop();
    };
    const cancelWait = clock.after(HELLO_WAIT, () => {
      begin('silent');
    });
    const conversation = converse(file, [], (text) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-MOST_LINE);
      for (const each of lines) {
        const line = parseReaderLine(each);
        if (understood === undefined) begin(line);
        else if (understood) takeLine(line, each);
      }
    });
    running = conversation;
    for (const [watch, what] of watched) conversation.say(`open ${watch} ${what}\n`);
    void conversation.ended.then(() => {
      running = undefined;
      if (understood === undefined) begin('ended');
      if (stopped) return;
      if (understood === true)
        log.warn(
          { file, again: retry },
          'the flow reader has ended: no flow is recorded until it runs again',
        );
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
    get problem() {
      return problem;
    },
    stop: () => {
      stopped = true;
      cancelRetry?.();
      running?.stop();
    },
  };
}
