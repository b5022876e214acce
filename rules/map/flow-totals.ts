import type { FlowEnd, FlowRecord, FlowVerdict } from '../flows/flow-record.ts';

/** What was seen of one pair of places, port and verdict since a time. */
export interface FlowTotal {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  readonly verdict: FlowVerdict;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  readonly last: number;
}

/** A flow, and the places of its ends. */
export interface PlacedFlow {
  readonly from: string;
  readonly to: string;
  readonly record: FlowRecord;
}

export interface FlowTotals {
  add(record: FlowRecord, placeOf: (end: FlowEnd) => string): void;
  since(time: number): readonly FlowTotal[];
  /** Newest first. */
  recent(wanted: (flow: PlacedFlow) => boolean, most: number): readonly PlacedFlow[];
  /** Drops what is older; call it now and then. */
  forgetBefore(time: number): void;
  /** Totals that were given up for newer ones. */
  readonly forgotten: number;
  /** Grows with each record. */
  readonly version: number;
}

export interface TotalsBounds {
  /** Counters of a minute or an hour, of all totals together. */
  readonly slots: number;
  /** Records that are kept whole. */
  readonly records: number;
}

export const TOTALS_BOUNDS: TotalsBounds = { slots: 200_000, records: 20_000 };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Both nodes of a connection tell of it, so each direction is summed up for itself, and the greater counts. */
interface Sums {
  connections: number;
  packets: number;
  bytes: number;
}
type Slot = { readonly egress: Sums; readonly ingress: Sums };

interface Total extends Pick<FlowTotal, 'from' | 'to' | 'protocol' | 'verdict'> {
  readonly port?: number;
  last: number;
  /** By when they begin: a minute's while the newest is within the hour, then an hour's. */
  readonly minutes: Map<number, Slot>;
  readonly hours: Map<number, Slot>;
}

export function createFlowTotals({ slots: mostSlots, records: mostRecords } = TOTALS_BOUNDS): FlowTotals {
  /** In the order in which they moved last. */
  const totals = new Map<string, Total>();
  const records: PlacedFlow[] = [];
  let next = 0;
  let slots = 0;
  let forgotten = 0;
  let version = 0;

  function forget(key: string, total: Total): void {
    totals.delete(key);
    slots -= total.minutes.size + total.hours.size;
  }

  function slotOf(map: Map<number, Slot>, start: number): Slot {
    let slot = map.get(start);
    if (slot === undefined) {
      map.set(start, (slot = { egress: nothing(), ingress: nothing() }));
      slots++;
    }
    return slot;
  }

  /** Minutes that are over an hour old become hours. */
  function fold(total: Total): void {
    for (const [start, slot] of total.minutes) {
      if (start > total.last - HOUR - MINUTE) continue;
      const hour = slotOf(total.hours, start - (start % HOUR));
      for (const direction of ['egress', 'ingress'] as const) count(hour[direction], slot[direction]);
      total.minutes.delete(start);
      slots--;
    }
  }

  return {
    get forgotten() {
      return forgotten;
    },
    get version() {
      return version;
    },
    add(record, placeOf) {
      version++;
      const { protocol, port, verdict, last, direction } = record;
      const [from, to] = [placeOf(record.source), placeOf(record.destination)];
      records[next] = { from, to, record };
      next = (next + 1) % mostRecords;
      const key = JSON.stringify([from, to, protocol, port ?? -1, verdict]);
      const known = totals.get(key);
      totals.delete(key);
      const total = known ?? {
        ...{ from, to, protocol, verdict, last },
        ...(port === undefined ? {} : { port }),
        minutes: new Map<number, Slot>(),
        hours: new Map<number, Slot>(),
      };
      totals.set(key, total);
      total.last = Math.max(total.last, last);
      const slot = slotOf(total.minutes, last - (last % MINUTE));
      if (direction !== 'ingress') count(slot.egress, record);
      if (direction !== 'egress') count(slot.ingress, record);
      if (total.minutes.size > 120) fold(total);
      while (slots > mostSlots) {
        const [oldest] = totals;
        if (oldest === undefined) break;
        forget(...oldest);
        forgotten++;
      }
    },
    since(time) {
      return [...totals.values()].flatMap((total): FlowTotal[] => {
        if (total.last < time) return [];
        const { from, to, protocol, port, verdict, last } = total;
        const sums = { egress: nothing(), ingress: nothing() };
        const add = (slot: Slot): void => {
          count(sums.egress, slot.egress);
          count(sums.ingress, slot.ingress);
        };
        for (const [start, slot] of total.minutes) if (start + MINUTE > time) add(slot);
        for (const [start, slot] of total.hours) if (start + HOUR > time) add(slot);
        const most = (of: keyof Sums): number => Math.max(sums.egress[of], sums.ingress[of]);
        return [
          {
            ...{ from, to, protocol, verdict, last },
            ...(port === undefined ? {} : { port }),
            ...{ connections: most('connections'), packets: most('packets'), bytes: most('bytes') },
          },
        ];
      });
    },
    recent(wanted, most) {
      return records
        .filter(wanted)
        .sort((a, b) => b.record.last - a.record.last)
        .slice(0, most);
    },
    forgetBefore(time) {
      for (const [key, total] of totals) {
        if (total.last < time) {
          forget(key, total);
          continue;
        }
        fold(total);
        for (const [map, length] of [[total.minutes, MINUTE] as const, [total.hours, HOUR] as const])
          for (const start of map.keys())
            if (start + length <= time) {
              map.delete(start);
              slots--;
            }
      }
    },
  };
}

function nothing(): Sums {
  return { connections: 0, packets: 0, bytes: 0 };
}

function count(sums: Sums, { connections, packets, bytes }: Sums | FlowRecord): void {
  sums.connections += connections;
  sums.packets += packets;
  sums.bytes += bytes;
}
