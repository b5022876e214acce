import type { NodePort } from '../../compose-ext/index.ts';
import type {
  Chain,
  Elements,
  Field,
  Program,
  Rule,
  SetDeclaration,
  Statement,
} from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import { parseAddress } from '../address-block.ts';
import { BEGINS, tell } from '../flows/log-groups.ts';
import { PROTOCOL_NUMBERS } from '../overlay/keys.ts';
import { rangesOf } from './address-ranges.ts';
import type { HostPolicy, HostRule } from './host-firewall.ts';

export const HOST_TABLE = 'swarmwall_host';
/** What stands for a network where flows and denied packets are told; no network of Docker's may be called so. */
export const HOST_NETWORK = 'host firewall';

/** After conntrack and after iptables' own filter: what that drops stays dropped. */
const PRIORITY = 10;
const ESP = '50';
const ICMP = ['1', '58'];
const IGMP = '2';
/** Echo and what tells of unreachable places, too big packets and too many hops. */
const ICMP_TYPES = ['3', '8', '11', '12'];
/** The same, listeners of multicast, router advertisements and neighbours: without these IPv6 does not work (RFC 4890). */
const ICMP6_TYPES = ['1', '2', '3', '4', '128', '130', '131', '132', '133', '134', '135', '136', '143'];
const DENIED = { size: 4096, timeoutSeconds: 3600 };
const FLOW: readonly Field[] = ['ip saddr', 'ip daddr', 'meta l4proto', 'th dport'];
const FLOW6: readonly Field[] = ['ip6 saddr', 'ip6 daddr', 'meta l4proto', 'th dport'];
const LONGEST_TRIAL = 2 * 60 * 60;

export interface HostProgramInput {
  readonly confirmed?: HostPolicy | undefined;
  readonly trial?: { readonly id: string; readonly policy?: HostPolicy } | undefined;
  readonly swarmPorts: readonly NodePort[];
  readonly nodeAddresses: readonly string[];
  /** Ports that docker-proxy listens on: they are containers', and other policies' business. */
  readonly published: readonly NodePort[];
}

/** Its elements, put there with a time to live, make the trial's rules count: when they go, the confirmed ones do. */
export function trialSet(id: string): string {
  return `trial_${id}`;
}

/** What may reach the node's own ports, in its own namespace. Undefined: nothing keeps anybody from them. */
export function hostProgram(input: HostProgramInput): Program | undefined {
  const { confirmed, trial } = input;
  if (confirmed === undefined && trial?.policy === undefined) return undefined;
  const sets = [...SETS, ...(trial ? [timed(trial.id)] : [])];
  const chains: Chain[] = [
    {
      name: 'input',
      hook: { name: 'input', priority: PRIORITY, policy: 'accept' },
      rules: [
        ...ALWAYS,
        ...input.swarmPorts.flatMap((port) => fromNodes(portMatch(port))),
        ...fromNodes([is('meta l4proto', [ESP])]),
        ...(trial ? [[inSet(['meta nfproto'], trialSet(trial.id)), goto('tried')]] : []),
        ...(confirmed ? [[goto('confirmed')]] : []),
      ],
    },
    ...(trial ? [{ name: 'tried', rules: policyRules(trial.policy) }] : []),
    ...(confirmed ? [{ name: 'confirmed', rules: policyRules(confirmed) }] : []),
    { name: 'allow', rules: ALLOW },
    { name: 'deny', rules: DENY },
  ];
  const constants = { family: 'inet', table: HOST_TABLE, sets, counters: COUNTERS, chains } as const;
  return { ...constants, version: programVersion(constants), elements: elementsOf(input) };
}

const SETS: readonly SetDeclaration[] = [
  { name: 'nodes', key: ['ip saddr'] },
  { name: 'nodes6', key: ['ip6 saddr'] },
  { name: 'published', key: ['meta l4proto', 'th dport'] },
  { name: 'denied', key: FLOW, dynamic: DENIED },
  { name: 'denied6', key: FLOW6, dynamic: DENIED },
];

function timed(id: string): SetDeclaration {
  return { name: trialSet(id), key: ['meta nfproto'], dynamic: { size: 2, timeoutSeconds: LONGEST_TRIAL } };
}

const ACCEPT: Statement = { kind: 'accept' };

/** What no policy may take away: a node without it is broken, or cannot be reached by what it asked for itself. */
const ALWAYS: readonly Rule[] = [
  [is('meta iifname', ['"lo"']), ACCEPT],
  [is('ct state', ['established']), ACCEPT],
  [is('ct state', ['related']), is('meta l4proto', ICMP), ACCEPT],
  // What the node's own NAT brought here, as a resolver in the way does, did not ask for the node's port.
  [is('ct status', ['dnat']), ACCEPT],
  [is('meta nfproto', ['ipv4']), is('icmp type', ICMP_TYPES), ACCEPT],
  [is('meta nfproto', ['ipv6']), is('icmpv6 type', ICMP6_TYPES), ACCEPT],
  [is('meta l4proto', [IGMP]), ACCEPT],
  // DHCP's answers, which may be to everybody, and so of no connection.
  [
    is('meta nfproto', ['ipv4']),
    is('meta l4proto', ['17']),
    is('th sport', ['67']),
    is('th dport', ['68']),
    ACCEPT,
  ],
  [
    is('meta nfproto', ['ipv6']),
    is('meta l4proto', ['17']),
    is('th sport', ['547']),
    is('th dport', ['546']),
    ACCEPT,
  ],
  [inSet(['meta l4proto', 'th dport'], 'published'), ACCEPT],
];

/** Only these three have ports; of others the same bytes may be anything, and would fill the sets. */
const PORTED = ['6', '17', '132'];
const COUNTERS = ['accepted', 'denied', 'accepted_told', 'denied_told'];

const ALLOW: readonly Rule[] = [
  [BEGINS, ...tell('allowed', 'accepted_told', 'host')],
  [BEGINS, { kind: 'count', counter: 'accepted' }],
  [ACCEPT],
];
const DENY: readonly Rule[] = [
  [is('meta l4proto', PORTED), { kind: 'record', fields: FLOW, set: 'denied' }],
  [is('meta l4proto', PORTED), { kind: 'record', fields: FLOW6, set: 'denied6' }],
  tell('denied', 'denied_told', 'host'),
  [{ kind: 'count', counter: 'denied' }, { kind: 'drop' }],
];

/** Undefined: no policy selects the node, so all may come. */
function policyRules(policy: HostPolicy | undefined): readonly Rule[] {
  if (policy === undefined) return [[ACCEPT]];
  return [
    ...policy.rules.flatMap(allowed),
    ...(policy.closed ? [] : policy.guarded.map((port) => [...portMatch(port), goto('deny')])),
    [goto(policy.closed ? 'deny' : 'allow')],
  ];
}

function allowed({ any, nodes, blocks, ports }: HostRule): readonly Rule[] {
  const matches = ports.length === 0 ? [[]] : ports.map(portMatch);
  const { ipv4, ipv6 } = rangesOf(blocks);
  return matches.flatMap((match): readonly Rule[] => {
    if (any) return [[...match, goto('allow')]];
    return [
      ...(nodes ? fromNodes(match, goto('allow')) : []),
      ...(ipv4.length > 0 ? [[is('ip saddr', ipv4), ...match, goto('allow')]] : []),
      ...(ipv6.length > 0 ? [[is('ip6 saddr', ipv6), ...match, goto('allow')]] : []),
    ];
  });
}

function fromNodes(match: Rule, verdict: Statement = ACCEPT): readonly Rule[] {
  return [
    [inSet(['ip saddr'], 'nodes'), ...match, verdict],
    [inSet(['ip6 saddr'], 'nodes6'), ...match, verdict],
  ];
}

function portMatch({ protocol, port, endPort = port }: NodePort): Rule {
  const number = is('meta l4proto', [String(PROTOCOL_NUMBERS[protocol])]);
  if (port === undefined) return [number];
  return [number, is('th dport', [port === endPort ? String(port) : `${port}-${endPort ?? port}`])];
}

function elementsOf({ nodeAddresses, published }: HostProgramInput): Elements {
  const nodes = new Map<string, string>();
  const nodes6 = new Map<string, string>();
  for (const text of nodeAddresses) {
    const address = parseAddress(text);
    if (address !== undefined) (address.kind() === 'ipv4' ? nodes : nodes6).set(address.toString(), '');
  }
  const ports = published.flatMap(({ protocol, port }) =>
    port === undefined ? [] : [[`${PROTOCOL_NUMBERS[protocol]} . ${port}`, ''] as const],
  );
  return new Map([
    ['nodes', nodes],
    ['nodes6', nodes6],
    ['published', new Map(ports)],
  ]);
}

function is(field: Field, values: readonly string[]): Statement {
  return { kind: 'is', field, values };
}

function inSet(fields: readonly Field[], set: string): Statement {
  return { kind: 'in', fields, set };
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
