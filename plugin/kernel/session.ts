import type { Clock } from '../process/clock.ts';
import type { Conversation, Converse } from '../process/converse.ts';
import { takeTurns } from '../process/take-turns.ts';
import type { Namespace } from './namespace.ts';

/** A program that stays to be told more: a new process takes several times as long as what it is to do. */
export interface Session {
  /**
   * @param judge of all that was said since: true when it is done, false when it was refused
   * @returns false too when the program has ended, or says neither in time
   */
  ask(commands: string, judge: (said: string) => boolean | undefined): Promise<boolean>;
  stop(): void;
}

export interface SessionOptions {
  readonly namespace: Namespace;
  readonly converse: Converse;
  readonly clock: Clock;
}

/** Then the caller goes the long way. */
const PATIENCE = 5_000;
/** Until it is started again, doubled up to the second while it does nothing for us. */
const AGAIN = 1_000;
const AGAIN_MOST = 60_000;

/** The program is started now, so that the first question finds it there, and again when it ends. */
export function openSession(
  { namespace, converse, clock }: SessionOptions,
  file: string,
  args: readonly string[],
): Session {
  let stopped = false;
  let conversation: Conversation | undefined;
  let said = '';
  let again = AGAIN;
  let look: () => void = () => undefined;
  const inTurn = takeTurns();

  function start(): void {
    if (stopped) return;
    // One that outlived a killed agent would keep the namespace alive.
    const argv = ['--pdeathsig', 'KILL', file, ...args];
    const begun = converse(...namespace.command('setpriv', argv), (text) => {
      if (conversation !== begun) return;
      said += text;
      // Its two pipes are read one after the other: what it complained of before it went on is read by then.
      setImmediate(() => {
        look();
      });
    });
    conversation = begun;
    void begun.ended.then(() => {
      if (conversation === begun) conversation = undefined;
      look();
      clock.after(again, start);
      again = Math.min(2 * again, AGAIN_MOST);
    });
  }

  /** What it may say later would be taken for the next answer. */
  function leave(left: Conversation): void {
    if (conversation === left) conversation = undefined;
    left.stop();
  }

  function askNow(commands: string, judge: (said: string) => boolean | undefined): Promise<boolean> {
    const asked = conversation;
    if (asked === undefined) return Promise.resolve(false);
    said = '';
    return new Promise((resolve) => {
      const end = (done: boolean): void => {
        cancel();
        look = () => undefined;
        if (done) again = AGAIN;
        else leave(asked);
        resolve(done);
      };
      const cancel = clock.after(PATIENCE, () => {
        end(false);
      });
      look = () => {
        const done = conversation === asked ? judge(said) : false;
        if (done !== undefined) end(done);
      };
      asked.say(commands);
    });
  }

  start();
  return {
    ask: (commands, judge) => inTurn(() => askNow(commands, judge)),
    stop: () => {
      stopped = true;
      conversation?.stop();
    },
  };
}
