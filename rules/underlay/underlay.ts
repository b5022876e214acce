import { parseAddress } from '../address-block.ts';
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

export const UNDERLAY_TABLE = 'swarmwall_underlay';

export interface UnderlayInput {
  /** The Swarm's data-path port. */
  readonly port: number;
  /** Of the Swarm's overlay networks. VXLAN of others on the same port is none of ours. */
  readonly vnis: readonly number[];
  /** Of those that are meant to be encrypted. */
  readonly encrypted: readonly number[];
  /** Where it may come from, IPv4 and IPv6. */
  readonly nodes: readonly string[];
  /** count: not all nodes' addresses are known, so nobody is cut off. */
  readonly strangers: 'drop' | 'count';
  /** What of encrypted networks is not. */
  readonly cleartext: 'drop' | 'count';
}

const VNI: Field = '@th,96,24';
const RECORDS = { size: 4_096, timeoutSeconds: 600 } as const;

/** Dynamic sets with packet counts: by whom, and of which network. */
export const STRANGERS = 'strangers';
export const CLEARTEXT_IN = 'cleartext_in';
export const CLEARTEXT_OUT = 'cleartext_out';

const SETS: readonly SetDeclaration[] = [
  { name: 'networks', key: [VNI] },
  { name: 'encrypted', key: [VNI] },
  { name: 'nodes', key: ['ip saddr'] },
  { name: 'nodes6', key: ['ip6 saddr'] },
  { name: STRANGERS, key: ['ip saddr'], dynamic: RECORDS },
  { name: CLEARTEXT_IN, key: ['ip saddr', VNI], dynamic: RECORDS },
  { name: CLEARTEXT_OUT, key: ['ip daddr', VNI], dynamic: RECORDS },
];
export const UNDERLAY_COUNTERS = ['stranger', 'unencrypted_in', 'unencrypted_out'] as const;

/**
 * One table for the node's own namespace; none without networks. A packet of VXLAN passes `postrouting` before it is
 * encrypted, with the way that it will go; and `input` after it was decrypted, with where it came out of.
 */
export function underlayPrograms(input: UnderlayInput): readonly Program[] {
  if (input.vnis.length === 0) return [];
  const constants = {
    family: 'inet',
    table: UNDERLAY_TABLE,
    sets: SETS,
    counters: UNDERLAY_COUNTERS,
    chains: chains(input),
  } as const;
  return [{ ...constants, version: programVersion(constants), elements: elements(input) }];
}

function elements({ vnis, encrypted, nodes }: UnderlayInput): Elements {
  const parsed = nodes.flatMap((text) => parseAddress(text) ?? []);
  const ofKind = (kind: 'ipv4' | 'ipv6') =>
    parsed.flatMap((address) => (address.kind() === kind ? address.toString() : []));
  return new Map([
    ['networks', keys(vnis)],
    ['encrypted', keys(encrypted)],
    ['nodes', keys(ofKind('ipv4'))],
    ['nodes6', keys(ofKind('ipv6'))],
  ]);
}

function keys(values: readonly (string | number)[]): ReadonlyMap<string, string> {
  return new Map(values.map((value) => [String(value), '']));
}

function chains({ port, strangers, cleartext }: UnderlayInput): readonly Chain[] {
  const vxlan: readonly Statement[] = [
    { kind: 'is', field: 'meta l4proto', values: ['17'] },
    { kind: 'is', field: 'th dport', values: [String(port)] },
  ];
  const of = (set: string): Statement => ({ kind: 'in', fields: [VNI], set });
  const missing = (field: 'meta ipsec' | 'rt ipsec'): Statement => ({
    kind: 'is',
    field,
    values: ['missing'],
  });
  return [
    {
      name: 'input',
      hook: { name: 'input', priority: -10, policy: 'accept' },
      rules: [[...vxlan, of('networks'), goto('judge')]],
    },
    {
      name: 'judge',
      rules: [[of('encrypted'), missing('meta ipsec'), goto('came_clear')], [goto('origin')]],
    },
    {
      name: 'came_clear',
      rules: recorded(
        CLEARTEXT_IN,
        ['ip saddr', VNI],
        'unencrypted_in',
        cleartext === 'drop' ? DROP : goto('origin'),
      ),
    },
    {
      name: 'origin',
      rules: [
        [{ kind: 'in', fields: ['ip saddr'], set: 'nodes' }, ACCEPT],
        [{ kind: 'in', fields: ['ip6 saddr'], set: 'nodes6' }, ACCEPT],
        ...recorded(STRANGERS, ['ip saddr'], 'stranger', strangers === 'drop' ? DROP : ACCEPT),
      ],
    },
    {
      // What is passed on for another, as for a container, which masquerading would make this node's own.
      name: 'forward',
      hook: { name: 'forward', priority: -10, policy: 'accept' },
      rules: [[...vxlan, of('networks'), goto('origin')]],
    },
    {
      // After any source NAT: that asks for the way anew.
      name: 'postrouting',
      hook: { name: 'postrouting', priority: 300, policy: 'accept' },
      rules: [[...vxlan, of('encrypted'), missing('rt ipsec'), goto('goes_clear')]],
    },
    {
      name: 'goes_clear',
      rules: recorded(
        CLEARTEXT_OUT,
        ['ip daddr', VNI],
        'unencrypted_out',
        cleartext === 'drop' ? DROP : ACCEPT,
      ),
    },
  ];
}

const DROP: Statement = { kind: 'drop' };
const ACCEPT: Statement = { kind: 'accept' };

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}

/** By whom where that is an IPv4 address, and counted in any case. */
function recorded(set: string, fields: readonly Field[], counter: string, last: Statement): readonly Rule[] {
  return [[{ kind: 'record', fields, set }], [{ kind: 'count', counter }, last]];
}
