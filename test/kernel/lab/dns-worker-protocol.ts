import type { EdgePolicy } from '../../../rules/network-policy.ts';
import type { DnsRecords } from '../../support/dns-authority.ts';

/** What a process in one namespace of the DNS tests is asked to do. */
export type DnsRequest =
  /** From now on, UDP and TCP, on port 53 of every address. */
  | { readonly do: 'serve' }
  | { readonly do: 'records'; readonly records: Readonly<Record<string, DnsRecords>> }
  /** How often the server was asked for the name. */
  | { readonly do: 'asked'; readonly name: string }
  | {
      readonly do: 'resolve';
      readonly server: string;
      readonly name: string;
      readonly type?: string;
      readonly transport: 'udp' | 'tcp';
    }
  /** The agent's enforcer, with these edges, for a task of each service at its docker_gwbridge address. */
  | {
      readonly do: 'guard';
      readonly edges: Readonly<Record<string, EdgePolicy>>;
      readonly tasks: Readonly<Record<string, string>>;
      readonly folder: string;
      readonly leastMilliseconds: number;
    }
  | { readonly do: 'distrust' };

export interface DnsAnswer {
  /** Of the response, or 'TIMEOUT'. */
  readonly code: string;
  readonly addresses: readonly string[];
  readonly ttls: readonly number[];
}
