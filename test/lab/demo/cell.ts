export type Outcome = 'allowed' | 'denied';

/** One connection that was tried: a task (or the outside host) to a port of one task (or a node's published port). */
export interface Cell {
  /** `stack/service`, or `outside`. */
  readonly from: string;
  readonly fromNode: string;
  readonly to: string;
  readonly toNode: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly expected: Outcome;
  readonly observed: Outcome;
}

export interface Tally {
  /** leaked + broken. */
  readonly mismatches: number;
  /** Denied by policy, and answered. */
  readonly leaked: number;
  /** Allowed by policy, and not answered. */
  readonly broken: number;
}

export function tally(cells: readonly Cell[]): Tally {
  const leaked = cells.filter(
    ({ expected, observed }) => expected === 'denied' && observed === 'allowed',
  ).length;
  const broken = cells.filter(
    ({ expected, observed }) => expected === 'allowed' && observed === 'denied',
  ).length;
  return { mismatches: leaked + broken, leaked, broken };
}

export const mismatched = (cell: Cell): boolean => cell.expected !== cell.observed;

export function describeCell({
  from,
  fromNode,
  to,
  toNode,
  port,
  protocol,
  expected,
  observed,
}: Cell): string {
  return `${from} on ${fromNode} → ${to} on ${toNode}, ${port}/${protocol}: expected ${expected}, observed ${observed}`;
}
