import type { FlowNotice } from '../api/types.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { FlowBatch } from '../protocol.ts';
import { NO_LOSSES, type FlowLosses } from '../../rules/flows/flow-losses.ts';

/** What of a node's flows was lost, there or on the way to this manager. */
export interface NodeLosses extends FlowLosses {
  /** Records. */
  readonly dropped: number;
}

const WORDS: Readonly<Record<keyof NodeLosses, string>> = {
  limited: 'packets beyond what its kernel hands on in a second',
  unread: 'packets that its kernel handed on and nobody read',
  crowded: 'packets of more flows at once than it keeps apart',
  unwritten: 'records that its verdict log did not take',
  ends: 'ends of connections, with their packets and bytes',
  dropped: 'records that it could not send in time',
};
const NOTHING: NodeLosses = { ...NO_LOSSES, dropped: 0 };
const KINDS = Object.keys(NOTHING) as (keyof NodeLosses)[];
/** Between two lines in the log about one node. */
const LOG_EVERY = 60_000;

export interface LossWatch {
  /** What is lost since the batch before of this connection. */
  take(node: string, connection: object, batch: FlowBatch): readonly FlowNotice[];
  /** By hostname, since its agent began, or connected. */
  readonly totals: ReadonlyMap<string, NodeLosses>;
  /** The same for people; nothing of nodes that lost nothing. */
  told(): readonly FlowNotice[];
}

/** Loss is told when it grows, never borne in silence. */
export function watchLosses(clock: Clock, log: Log): LossWatch {
  const totals = new Map<string, NodeLosses>();
  const heard = new WeakMap<object, NodeLosses>();
  const logged = new Map<string, number>();
  return {
    totals,
    take: (node, connection, { losses, dropped }) => {
      const now: NodeLosses = { ...losses, dropped };
      // What its agent lost before this controller knew it is in the totals, and no news.
      const before = heard.get(connection) ?? { ...now, dropped: 0 };
      heard.set(connection, now);
      totals.set(node, now);
      const found = KINDS.flatMap((kind) => noticeOf(node, kind, now[kind] - before[kind], ''));
      const last = logged.get(node) ?? -LOG_EVERY;
      if (found.length > 0 && clock.elapsed() - last >= LOG_EVERY) {
        logged.set(node, clock.elapsed());
        log.warn({ node, ...now }, found.map(({ message }) => message).join('; '));
      }
      return found;
    },
    told: () =>
      [...totals].flatMap(([node, total]) =>
        KINDS.flatMap((kind) => noticeOf(node, kind, total[kind], ', since its agent began or connected')),
      ),
  };
}

function noticeOf(node: string, kind: keyof NodeLosses, count: number, since: string): FlowNotice[] {
  if (count <= 0) return [];
  return [{ notice: 'lost', node, count, message: `${node} lost ${String(count)} ${WORDS[kind]}${since}` }];
}
