import type { Rule, Statement } from '../nftables/program.ts';

/** Errors that end a connection or tell of its path. No redirects: nothing on a bridge may reroute another's traffic. */
const ERRORS = ['3', '11', '12'];
const ERRORS_6 = ['1', '2', '3', '4'];
const ECHO = ['8'];
const ECHO_6 = ['128'];
export const SOLICITATION = '135';
export const ADVERTISEMENT = '136';
/** What is judged as IPv6; other ICMPv6 is the link's own. */
export const JUDGED_6 = [...ERRORS_6, ...ECHO_6, '129'];
export const ICMP_6 = '58';

/** Only an echo asks for a verdict: not timestamps, masks, names. */
export function refuseOtherQueries(deny: Statement): readonly Rule[] {
  return [
    [{ kind: 'is-not', field: 'icmp type', values: ECHO }, deny],
    [{ kind: 'is-not', field: 'icmpv6 type', values: ECHO_6 }, deny],
  ];
}

export function errorsGo(next: Statement): readonly Rule[] {
  return [
    [{ kind: 'is', field: 'icmp type', values: ERRORS }, next],
    [{ kind: 'is', field: 'icmpv6 type', values: ERRORS_6 }, next],
  ];
}

/** Whatever a connection brings along is sent by one of its ends: a third party cannot know what happened to it. */
export function sentByAnEndGo(next: Statement): readonly Rule[] {
  return [
    [{ kind: 'in', fields: ['ip saddr', 'ct original ip daddr'], set: 'ends' }, next],
    [{ kind: 'in', fields: ['ip saddr', 'ct original ip saddr'], set: 'ends' }, next],
    [{ kind: 'in', fields: ['ip6 saddr', 'ct original ip6 daddr'], set: 'ends6' }, next],
    [{ kind: 'in', fields: ['ip6 saddr', 'ct original ip6 saddr'], set: 'ends6' }, next],
  ];
}

/** No connection is tracked for it. The guard has seen to it that it tells of nothing but the sender's own addresses. */
export const NEIGHBOUR_DISCOVERY: Rule = [
  { kind: 'is', field: 'icmpv6 type', values: [SOLICITATION, ADVERTISEMENT] },
  // Behind other headers the guard may not have seen it for what it is.
  { kind: 'is', field: 'ip6 nexthdr', values: [ICMP_6] },
  { kind: 'accept' },
];
