/**
 * Packets with a verdict that are in no record, since the agent began; counted exactly, so that records and these together are
 * all that the kernel judged. Whatever is lost of a denied flow was denied all the same.
 */
export interface FlowLosses {
  /** More a second than the kernel hands on: beyond its rate limit. */
  readonly limited: number;
  /** Handed on and not read in time, by the numbers that the kernel gives them, or never handed on for want of memory. */
  readonly unread: number;
  /** Of more flows at once than are kept apart in memory. */
  readonly crowded: number;
  /** Records that the verdict log's disk did not take. */
  readonly unwritten: number;
  /** Times when ends of connections were not read: so often, allowed connections lack packets and bytes. */
  readonly ends: number;
}

export const NO_LOSSES: FlowLosses = { limited: 0, unread: 0, crowded: 0, unwritten: 0, ends: 0 };
