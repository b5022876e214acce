/**
 * Packets with a verdict that are in no record, since the agent began; counted exactly, so that records and these together are
 * all that the kernel judged. Whatever is lost of a denied flow was denied all the same.
 */
export interface FlowLosses {
  /** More a second than the kernel hands on: beyond its rate limit. */
  readonly limited: number;
  /** Handed on and not read: not in time, while no reader ran, or for want of memory; by the kernel's numbers and counters. */
  readonly unread: number;
  /** Of more flows at once than are kept apart in memory. */
  readonly crowded: number;
  /** Records that the verdict log's disk did not take. */
  readonly unwritten: number;
  /** Connections whose end is in no record: so many lack packets and bytes. */
  readonly ends: number;
}

export const NO_LOSSES: FlowLosses = { limited: 0, unread: 0, crowded: 0, unwritten: 0, ends: 0 };
