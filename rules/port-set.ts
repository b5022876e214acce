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
  /** ICMP, echo and all, where not everything is: every protocol but some ports leaves it in. */
  readonly icmp: boolean;
}

/** What `protocol` and the ports of it come to, one a key of the kernel's maps. */
export interface PortSpan {
  /** 'any': every protocol there is. */
  readonly protocol: Protocol | 'icmp' | 'any';
  /** Absent: every port; ICMP has none. */
  readonly port?: number;
  readonly endPort?: number;
}

export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const satisfies readonly Protocol[];
/** No connection has port 0; a rule that spells the range out means the same. */
export const EVERY_PORT: PortRange = [1, 65535];
export const EVERYTHING: PortSet = { everything: true, tcp: [], udp: [], sctp: [], icmp: false };
/** Everything that a port or the word ICMP can name. */
const EVERY_PROTOCOL: PortSet = {
  everything: false,
  tcp: [EVERY_PORT],
  udp: [EVERY_PORT],
  sctp: [EVERY_PORT],
  icmp: true,
};
export const NOTHING: PortSet = { everything: false, tcp: [], udp: [], sctp: [], icmp: false };

export function isEmpty(set: PortSet): boolean {
  return !set.everything && !set.icmp && PROTOCOLS.every((protocol) => set[protocol].length === 0);
}

/** `port` absent asks for every port of the protocol; ICMP has none. */
export function includes(set: PortSet, protocol: Protocol | 'icmp', port?: number): boolean {
  return covers(set, portsAsked(protocol, port));
}

/** Whether all of `asked` is in the set; ranges that merely touch have no gap between them. */
export function covers(set: PortSet, asked: PortSet): boolean {
  if (set.everything) return true;
  if (asked.everything || (asked.icmp && !set.icmp)) return false;
  for (const protocol of PROTOCOLS)
    for (const range of asked[protocol]) if (!coversRange(set[protocol], range)) return false;
  return true;
}

export function union(a: PortSet, b: PortSet): PortSet {
  if (a.everything || isEmpty(b)) return a;
  if (b.everything || isEmpty(a)) return b;
  return perProtocol(a.icmp || b.icmp, (protocol) => normalise([...a[protocol], ...b[protocol]]));
}

export function intersection(a: PortSet, b: PortSet): PortSet {
  if (a.everything) return b;
  if (b.everything) return a;
  return perProtocol(a.icmp && b.icmp, (protocol) => {
    const common = a[protocol].flatMap((x) => b[protocol].map((y) => overlap(x, y)));
    return normalise(common.filter((range) => range !== undefined));
  });
}

/** As entries: ranges that merely touch are others than one that spans them. */
export function samePorts(a: PortSet, b: PortSet): boolean {
  return a === b || JSON.stringify(spans(a)) === JSON.stringify(spans(b));
}

/** `a` without `b`. Of everything less some ports, the protocols that are neither ported nor ICMP are left out. */
export function difference(a: PortSet, b: PortSet): PortSet {
  if (b.everything) return NOTHING;
  if (isEmpty(b)) return a;
  const from = a.everything ? EVERY_PROTOCOL : a;
  return perProtocol(from.icmp && !b.icmp, (protocol) =>
    b[protocol].reduce<readonly PortRange[]>(
      (rest, cut) => rest.flatMap((range) => minus(range, cut)),
      from[protocol],
    ),
  );
}

/** The ports that a question is about: one, or all of its protocol. */
export function portsAsked(protocol: Protocol | 'icmp', port?: number): PortSet {
  if (protocol === 'icmp') return { ...NOTHING, icmp: true };
  return { ...NOTHING, [protocol]: [port === undefined ? EVERY_PORT : [port, port]] };
}

/** Joins ranges that touch, for people. */
export function joinTouching(set: PortSet): PortSet {
  if (set.everything) return set;
  return perProtocol(set.icmp, (protocol) => normalise(set[protocol], 1));
}

export function spans(set: PortSet): PortSpan[] {
  if (set.everything) return [{ protocol: 'any' }];
  const ported: PortSpan[] = PROTOCOLS.flatMap((protocol) =>
    set[protocol].map((range) => spanOf(protocol, range)),
  );
  return set.icmp ? [...ported, { protocol: 'icmp' }] : ported;
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

function coversRange(ranges: readonly PortRange[], [first, last]: PortRange): boolean {
  let next = first;
  for (const range of ranges) {
    if (range[1] < next) continue;
    if (range[0] > next) return false;
    next = range[1] + 1;
    if (next > last) return true;
  }
  return false;
}

function perProtocol(icmp: boolean, ranges: (protocol: Protocol) => readonly PortRange[]): PortSet {
  return { everything: false, tcp: ranges('tcp'), udp: ranges('udp'), sctp: ranges('sctp'), icmp };
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
