/**
 * An nftables program as plain data: rules are a small typed language, so that the text for nft and the
 * packet walker of the tests read the very same rules.
 */
export type Family = 'inet' | 'bridge';

/** What a packet carries; written as nft writes it. */
export type Field =
  | 'meta mark'
  | 'meta l4proto'
  | 'meta nfproto'
  | 'meta iifname'
  | 'meta oifname'
  | 'meta nfproto'
  | 'ct mark'
  | 'ct state'
  | 'ct direction'
  | 'ct status'
  | 'ct original ip saddr'
  | 'ct original ip daddr'
  | 'ct original ip6 saddr'
  | 'ct original ip6 daddr'
  | 'ip saddr'
  | 'ip6 saddr'
  | 'ip daddr'
  | 'ip6 saddr'
  | 'ip6 daddr'
  | 'ip6 nexthdr'
  | 'ip6 length'
  | 'icmp type'
  | 'icmpv6 type'
  | 'th sport'
  | 'th dport'
  /** Of a UDP datagram: the VXLAN network identifier. nft has a word for it only from 1.0.7 on. */
  | '@th,96,24'
  /** Whether it came out of IPsec, and whether it is going into it: `exists` or `missing`. */
  | 'meta ipsec'
  | 'rt ipsec'
  | 'ether type'
  | 'ether saddr'
  | 'arp saddr ether'
  | 'arp saddr ip'
  | typeof ND_TARGET
  | typeof ND_OPTION
  | typeof ND_OPTION_MAC;

/**
 * Of a neighbour solicitation or advertisement, by bit offset and length: nft has no names for them before 1.0.7, and takes
 * such a field as a number.
 */
export const ND_TARGET = '@th,64,128';
/** Type and length of its first option. */
export const ND_OPTION = '@th,192,16';
/** In a link-layer address option. */
export const ND_OPTION_MAC = '@th,208,48';

export type Mark = 'meta mark' | 'ct mark';

/** A statement ends its rule, as nft does, when it does not match or its key is not in the map. */
export type Statement =
  | { readonly kind: 'is' | 'is-not'; readonly field: Field; readonly values: readonly string[] }
  | { readonly kind: 'in'; readonly fields: readonly Field[]; readonly set: string }
  | {
      readonly kind: 'has-bits';
      readonly field: Mark | 'ct status';
      readonly bits: number;
      readonly set: boolean;
    }
  | { readonly kind: 'map'; readonly to: Mark; readonly fields: readonly Field[]; readonly map: string }
  | { readonly kind: 'put'; readonly to: Mark; readonly value: number }
  /** Sets these bits, and leaves the others. */
  | { readonly kind: 'set-bits'; readonly to: Mark; readonly bits: number }
  | { readonly kind: 'count'; readonly counter: string }
  /** Ends the rule beyond this rate, of all packets that come here; a second's worth may come at once. */
  | { readonly kind: 'within-rate'; readonly perSecond: number }
  /** The packet's first bytes, from its IP header on, to who listens to the group; nobody waits for that. */
  | { readonly kind: 'log'; readonly group: number; readonly bytes: number }
  /** Counts in a dynamic set; when the set is full nothing is recorded and the rule ends. */
  | { readonly kind: 'record'; readonly fields: readonly Field[]; readonly set: string }
  /** Goes on only over the limit of its key, which is counted in a dynamic set; a full set counts no new key, and ends the rule. */
  | {
      readonly kind: 'over';
      readonly fields: readonly Field[];
      readonly set: string;
      readonly connections?: number;
      readonly rate?: { readonly count: number; readonly unit: 'second' | 'minute'; readonly burst: number };
    }
  /** Keeps in a dynamic set, for its whole timeout again; when the set is full the rule ends. */
  | { readonly kind: 'refresh'; readonly fields: readonly Field[]; readonly set: string }
  /** To a port of this machine itself; in a nat chain. */
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' };

export type Rule = readonly Statement[];

export interface Chain {
  readonly name: string;
  readonly hook?: {
    readonly name: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
    readonly priority: number;
    /** filter when absent. */
    readonly type?: 'nat';
    /** Of what no rule decides; drop when absent. In the node's own namespace only what a rule names is dropped. */
    readonly policy?: 'accept';
  };
  readonly rules: readonly Rule[];
}

export interface SetDeclaration {
  readonly name: string;
  readonly key: readonly Field[];
  /** Present: a map to this. */
  readonly data?: Mark;
  /** Keys may hold a range. */
  readonly interval?: true;
  /** Keys are addresses, values who they are: what was established under one that changes hands is forgotten. */
  readonly owners?: true;
  /** Each element has a time of its own; put in and taken out by the agent as it goes, and no part of what is desired. */
  readonly leased?: true;
  /** Filled by rules, never by us, and no part of what is desired. */
  readonly dynamic?: { readonly size: number; readonly timeoutSeconds?: number };
}

/** By set name, key text → value text; the value of a set's element is ''. */
export type Elements = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface Program {
  readonly family: Family;
  readonly table: string;
  /** Hash of everything but the elements. */
  readonly version: string;
  readonly sets: readonly SetDeclaration[];
  readonly counters: readonly string[];
  readonly chains: readonly Chain[];
  readonly elements: Elements;
}

/** What the kernel holds of a table of ours. */
export interface ObservedProgram {
  readonly family: Family;
  readonly table: string;
  /** The version whose rules are all there, in order, and no others; else ''. */
  readonly version: string;
  readonly elements: Elements;
  /** Every object of the table, so that what another version left can go. */
  readonly objects: TableObjects;
}

export interface TableObjects {
  readonly chains: readonly {
    readonly name: string;
    readonly hooked: boolean;
    /** Of a hooked one. */
    readonly policy?: string;
  }[];
  readonly sets: readonly {
    readonly name: string;
    readonly map: boolean;
    /** Hash of the declaration it was made with; '' when it is not ours. */
    readonly declaration: string;
  }[];
  readonly counters: readonly string[];
}

/** An element change within one table. Removals come first: a key may be in both, with its new value. */
export interface TableChange {
  readonly family: Family;
  readonly table: string;
  readonly sets: readonly SetChange[];
}

export interface SetChange {
  readonly set: string;
  readonly map: boolean;
  readonly remove: readonly string[];
  readonly add: readonly (readonly [key: string, value: string])[];
}

/** The smallest form of what an event changes: applied with `planChange`. */
export interface ProgramChange {
  readonly tables: readonly TableChange[];
  /** Addresses that changed hands or went: what was established under them must be judged anew. */
  readonly forget: readonly string[];
}

export const NO_CHANGE: ProgramChange = { tables: [], forget: [] };
