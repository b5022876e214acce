import { FLOW_VERDICTS, type FlowVerdict } from '../../../rules/flows/flow-record.ts';
import type { Clock } from '../../process/clock.ts';

/**
 * What is lost before it is read, found by the kernel's own counters: beyond the rate of its log (judged, less told), and told
 * while nobody read, or for want of memory (told, less read). What had been counted at the look before and has not come by now is
 * lost: never more than was lost, as less than two seconds is enough for all that is on its way, and all of it once it is quiet.
 */
export interface KernelLosses {
  /** What is in this namespace was made since this agent began: nothing there was counted for another. */
  isNew(file: string): void;
  /** Counters of one table as they are now: `accepted` and `accepted_told`, and so on. */
  count(file: string, table: string, counters: Readonly<Record<string, number>>): void;
  /** Packets that the reader read. */
  read(file: string, verdict: FlowVerdict, packets: number): void;
  /** Packets that it missed, by the kernel's numbers. */
  miss(file: string, verdict: FlowVerdict, packets: number): void;
  /** The reader is asked to read all that has been counted so far. */
  ask(): void;
  /** It has: returns how many more packets are known to be unread. */
  settle(): number;
  /** The namespace is gone; what was lost there stays counted. */
  forget(file: string): void;
  readonly limited: number;
  readonly unread: number;
}

interface Table {
  /** What was counted before this agent, or before the table was made anew. */
  judgedBefore: number;
  toldBefore: number;
  judged: number;
  told: number;
  /** Of all that was judged when it was looked at before. */
  judgedThen: number;
  limited: number;
}

interface Log {
  readonly tables: Map<string, Table>;
  read: number;
  missed: number;
  /** Told to others: at the most, as what comes while an agent begins may be this one's. */
  others: number;
  /** Told when the reader was asked last, and the time before. */
  asked: number;
  askedBefore: number;
  /** Read or missed when it was asked last. */
  cameBefore: number;
  unread: number;
}

const COUNTERS: Readonly<Record<FlowVerdict, string>> = {
  allowed: 'accepted',
  'would-deny': 'would_denied',
  denied: 'denied',
  limited: 'limited',
};
/** What is there when the agent begins may have been counted for another: that is where its own count begins. */
const ADOPTING = 30_000;

export function countKernelLosses(clock: Pick<Clock, 'elapsed'>): KernelLosses {
  const began = clock.elapsed();
  const files = new Map<string, Map<FlowVerdict, Log>>();
  const newFiles = new Set<string>();
  const gone = { limited: 0, unread: 0 };

  function logOf(file: string, verdict: FlowVerdict): Log {
    const logs = files.get(file) ?? new Map<FlowVerdict, Log>();
    const empty = { read: 0, missed: 0, others: 0, asked: 0, askedBefore: 0, cameBefore: 0, unread: 0 };
    const log = logs.get(verdict) ?? { tables: new Map<string, Table>(), ...empty };
    files.set(file, logs.set(verdict, log));
    return log;
  }

  function begin(log: Log, table: string, judged: number, told: number, isNew: boolean): Table {
    const adopted = !isNew && clock.elapsed() - began < ADOPTING;
    if (adopted) log.others += told;
    const judgedBefore = adopted ? told - judged : 0;
    const made = { judgedBefore, toldBefore: 0, judged, told, judgedThen: 0, limited: 0 };
    log.tables.set(table, made);
    return made;
  }

  function note(log: Log, name: string, judged: number, told: number, isNew: boolean): void {
    const table = log.tables.get(name) ?? begin(log, name, judged, told, isNew);
    if (judged < table.judged || told < table.told) {
      table.judgedBefore += table.judged;
      table.toldBefore += table.told;
    }
    table.judged = judged;
    table.told = told;
    // A packet that is between its two counters is not lost.
    table.limited = Math.max(table.limited, table.judgedThen - table.toldBefore - told);
    table.judgedThen = table.judgedBefore + judged;
  }

  const logs = (): readonly Log[] => [...files.values()].flatMap((each) => [...each.values()]);
  const toldOf = ({ tables }: Log): number =>
    sum(tables.values(), ({ toldBefore, told }) => toldBefore + told);
  const limitedOf = (of: Iterable<Log>): number =>
    sum(of, ({ tables }) => sum(tables.values(), ({ limited }) => limited));
  const unreadOf = (of: Iterable<Log>): number => sum(of, ({ missed, unread }) => Math.max(missed, unread));

  function askOne(log: Log): void {
    const told = toldOf(log);
    // What had come before these counters were read was told to this agent.
    if (log.others > 0) log.others = Math.max(0, Math.min(log.others, told - log.cameBefore));
    log.cameBefore = log.read + log.missed;
    log.askedBefore = log.asked;
    log.asked = told;
  }

  function settleOne(log: Log): void {
    log.unread = Math.max(log.unread, log.askedBefore - log.others - log.read);
  }

  return {
    isNew: (file) => {
      newFiles.add(file);
    },
    count: (file, table, counters) => {
      for (const verdict of FLOW_VERDICTS) {
        const name = COUNTERS[verdict];
        const [judged, told] = [counters[name], counters[`${name}_told`]];
        if (judged !== undefined && told !== undefined)
          note(logOf(file, verdict), table, judged, told, newFiles.has(file));
      }
    },
    read: (file, verdict, packets) => {
      logOf(file, verdict).read += packets;
    },
    miss: (file, verdict, packets) => {
      logOf(file, verdict).missed += packets;
    },
    ask: () => {
      logs().forEach(askOne);
    },
    settle: () => {
      const before = unreadOf(logs());
      logs().forEach(settleOne);
      return unreadOf(logs()) - before;
    },
    forget: (file) => {
      const found = files.get(file)?.values() ?? [];
      const own = [...found];
      gone.limited += limitedOf(own);
      gone.unread += unreadOf(own);
      files.delete(file);
      newFiles.delete(file);
    },
    get limited() {
      return gone.limited + limitedOf(logs());
    },
    get unread() {
      return gone.unread + unreadOf(logs());
    },
  };
}

function sum<Item>(items: Iterable<Item>, value: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
