import type { FlowLine, FlowNotice } from '../api/types.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { FlowFilter } from '../../rules/flows/match-flow.ts';

export interface FlowFollower {
  /** Ends when `end` is called, or whoever reads them stops. */
  readonly lines: AsyncIterable<FlowLine>;
  offer(flows: readonly FlowRecord[]): void;
  tell(notice: FlowNotice): void;
  readonly end: () => void;
}

/** Keeps what its reader has not read yet: at most `most`, then the oldest make room, counted and said. */
export function createFlowFollower(wants: FlowFilter, most: number, onEnd: () => void): FlowFollower {
  let unread: FlowLine[] = [];
  let lost = 0;
  let ended = false;
  let wake: () => void = () => undefined;

  function put(lines: readonly FlowLine[]): void {
    if (ended || lines.length === 0) return;
    for (const line of lines) unread.push(line);
    const over = unread.length - most;
    if (over > 0) {
      lost += over;
      unread = unread.slice(over);
    }
    wake();
  }

  function end(): void {
    if (ended) return;
    ended = true;
    onEnd();
    wake();
  }

  async function* read(): AsyncGenerator<FlowLine> {
    try {
      for (;;) {
        const [lines, missing] = [unread, lost];
        [unread, lost] = [[], 0];
        if (missing > 0)
          yield {
            notice: 'lost',
            count: missing,
            message: `${String(missing)} flows are not shown: they came faster than they were read`,
          };
        yield* lines;
        if (unread.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      end();
    }
  }

  return {
    lines: { [Symbol.asyncIterator]: read },
    offer: (flows) => {
      put(flows.filter(wants));
    },
    tell: (notice) => {
      put([notice]);
    },
    end,
  };
}
