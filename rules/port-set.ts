import type { Protocol } from '../compose-ext/policy-model.ts';

/** Inclusive. */
export type PortRange = readonly [first: number, last: number];

/**
 * The ports of a connection, per protocol. Ranges of one protocol are sorted and share no port; those that
 * merely touch stay apart, so that 80 and 81 are two exact entries and losing one leaves the other's alone.
 */
export interface PortSet {
  /** Every protocol, ICMP included; then the ranges are empty. */
  readonly everything: boolean;
  readonly tcp: readonly PortRange[];
  readonly udp: readonly PortRange[];
  readonly sctp: readonly PortRange[];
}

/** What `protocol` and the ports of it come to, one a key of the kernel's maps. */
export interface PortSpan {
  readonly protocol: Protocol | 'any';
  /** Absent: every port. */
  readonly port?: number;
  readonly endPort?: number;
}

export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const satisfies readonly Protocol[];
/** No connection has port 0; a rule that spells the range out means the same. */
export const EVERY_PORT: PortRange = [1, 65535];
export const EVERYTHING: PortSet = { everything: true, tcp: [], udp: [], sctp: [] };
export const NOTHING: PortSet = { everything: false, tcp: [], udp: [], sctp: [] };

export function isEmpty(set: PortSet): boolean {
  return !set.everything && set.tcp.length === 0 && set.udp.length === 0 && set.sctp.length === 0;
}

/** `port` absent asks for every port of the protocol; 'icmp' is only in everything. */
export function includes(set: PortSet, protocol: Protocol | 'icmp', port?: number): boolean {
  if (set.everything) return true;
  if (protocol === 'icmp') return false;
  const [first, last] = port === undefined ? EVERY_PORT : [port, port];
  return set[protocol].some((range) => range[0] <= first && last <= range[1]);
}

export function union(a: PortSet, b: PortSet): PortSet {
  if (a.everything || isEmpty(b)) return a;
  if (b.everything || isEmpty(a)) return b;
  return perProtocol((protocol) => normalise([...a[protocol], ...b[protocol]]));
}

export function intersection(a: PortSet, b: PortSet): PortSet {
  if (a.everything) return b;
  if (b.everything) return a;
  return perProtocol((protocol) => {
    const common = a[protocol].flatMap((x) => b[protocol].map((y) => overlap(x, y)));
    return normalise(common.filter((range) => range !== undefined));
  });
}

/** `a` without `b`. Everything less some ports stays everything: the more specific entry is looked up first. */
export function difference(a: PortSet, b: PortSet): PortSet {
  if (b.everything) return NOTHING;
  if (a.everything || isEmpty(b)) return a;
  return perProtocol((protocol) =>
    b[protocol].reduce<readonly PortRange[]>(
      (rest, cut) => rest.flatMap((range) => minus(range, cut)),
      a[protocol],
    ),
  );
}

/** Joins ranges that touch, for people. */
export function joinTouching(set: PortSet): PortSet {
  if (set.everything) return set;
  return perProtocol((protocol) => normalise(set[protocol], 1));
}

export function spans(set: PortSet): PortSpan[] {
  if (set.everything) return [{ protocol: 'any' }];
  return PROTOCOLS.flatMap((protocol) => set[protocol].map((range) => spanOf(protocol, range)));
}

/** Joins ranges that overlap, or whose distance is at most `gap`. */
export function normalise(ranges: readonly PortRange[], gap = 0): readonly PortRange[] {
  if (ranges.length < 2) return ranges;
  const joined: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1] + gap) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

function spanOf(protocol: Protocol, [first, last]: PortRange): PortSpan {
  if (first === EVERY_PORT[0] && last === EVERY_PORT[1]) return { protocol };
  return first === last ? { protocol, port: first } : { protocol, port: first, endPort: last };
}

function perProtocol(ranges: (protocol: Protocol) => readonly PortRange[]): PortSet {
  return { everything: false, tcp: ranges('tcp'), udp: ranges('udp'), sctp: ranges('sctp') };
}

function overlap(a: PortRange, b: PortRange): PortRange | undefined {
  const range = [Math.max(a[0], b[0]), Math.min(a[1], b[1])] as const;
  return range[0] <= range[1] ? range : undefined;
}

function minus([first, last]: PortRange, cut: PortRange): PortRange[] {
  if (cut[1] < first || last < cut[0]) return [[first, last]];
  const rest: PortRange[] = [];
  if (first < cut[0]) rest.push([first, cut[0] - 1]);
  if (cut[1] < last) rest.push([cut[1] + 1, last]);
  return rest;
}
