import type { FilterChain } from '../step.ts';

/** One ipset: entry text → '' or 'nomatch'. */
export interface IpSet {
  readonly type: 'hash:ip' | 'hash:ip,port' | 'hash:ip,port,net' | 'hash:net' | 'hash:net,port';
  readonly entries: ReadonlyMap<string, '' | 'nomatch'>;
}

/** What the host's filter table and ipsets shall hold. */
export interface DockerUserProgram {
  /** Hash of the chains; it is in each rule's comment. */
  readonly version: string;
  readonly chains: readonly FilterChain[];
  /** In the order in which entries are added: what lets through before what guards. */
  readonly sets: ReadonlyMap<string, IpSet>;
}

export interface ObservedDockerUser {
  /** Of chains that are there whole, each rule in its place; else ''. */
  readonly version: string;
  /** Those of ours that exist. */
  readonly chains: readonly string[];
  readonly sets: ReadonlyMap<string, ObservedIpSet>;
  /** DOCKER-USER's jumps to us: how many, and whether the only one is the first rule. */
  readonly jump: { readonly present: number; readonly first: boolean };
  /** INPUT's jumps to us, for what comes from docker_gwbridge: how many. */
  readonly inputJumps: number;
  /** False: dockerd has not made it, or something wiped the table. */
  readonly hasDockerUser: boolean;
}

export interface ObservedIpSet {
  readonly type: string;
  readonly entries: ReadonlyMap<string, '' | 'nomatch'>;
}
