import type { Chain, Field, Program, Rule, SetDeclaration, Statement } from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import { DNS_MARK, DNS_SETS, DNS_TABLE } from './names.ts';

export interface DnsProgramInput {
  /** IPv4 addresses on docker_gwbridge of tasks whose service has rules by name. */
  readonly tasks: readonly string[];
  /** Where the agent's resolver listens, UDP and TCP. */
  readonly resolverPort: number;
}

const PAIR = ['ip saddr', 'ip daddr'] as const satisfies Field[];
const SERVICE = [...PAIR, 'meta l4proto', 'th dport'] as const satisfies Field[];
const FLOW = [...PAIR, 'meta l4proto', 'th sport', 'th dport'] as const satisfies Field[];
/** A connection that says nothing for this long begins anew, and needs a lease again. */
const IDLE_SECONDS = 7_200;
const MOST_FLOWS = 262_144;
const DNS_PORT = '53';
const TRANSPORTS = ['6', '17'];
/** Ahead of Docker's own (-100): the first to translate a connection decides. */
const BEFORE_DOCKER_NAT = -110;
const BEFORE_DOCKER_USER = -1;

const SETS: readonly SetDeclaration[] = [
  { name: DNS_SETS.tasks, key: ['ip saddr'] },
  { name: DNS_SETS.leases, key: SERVICE, interval: true, leased: true },
  { name: DNS_SETS.leasesWhole, key: PAIR, leased: true },
  { name: DNS_SETS.flows, key: FLOW, dynamic: { size: MOST_FLOWS, timeoutSeconds: IDLE_SECONDS } },
];

/** The table in the node's own namespace; it drops nothing but strangers' queries to the resolver. */
export function dnsProgram({ tasks, resolverPort }: DnsProgramInput): Program {
  const constants = {
    family: 'inet',
    table: DNS_TABLE,
    sets: SETS,
    counters: [],
    chains: chains(resolverPort),
  } as const;
  return {
    ...constants,
    version: programVersion(constants),
    elements: new Map([[DNS_SETS.tasks, new Map(tasks.toSorted().map((task) => [task, '']))]]),
  };
}

function chains(port: number): readonly Chain[] {
  const ofTask: Statement = { kind: 'in', fields: ['ip saddr'], set: DNS_SETS.tasks };
  const transport: Statement = { kind: 'is', field: 'meta l4proto', values: TRANSPORTS };
  return [
    {
      name: 'queries',
      hook: { name: 'prerouting', priority: BEFORE_DOCKER_NAT, type: 'nat', policy: 'accept' },
      rules: [
        [
          ofTask,
          transport,
          { kind: 'is', field: 'th dport', values: [DNS_PORT] },
          { kind: 'redirect', port },
        ],
      ],
    },
    {
      name: 'resolver',
      hook: { name: 'input', priority: BEFORE_DOCKER_USER, policy: 'accept' },
      rules: [
        [ofTask, { kind: 'accept' }],
        [transport, { kind: 'is', field: 'th dport', values: [String(port)] }, { kind: 'drop' }],
      ],
    },
    {
      name: 'forward',
      hook: { name: 'forward', priority: BEFORE_DOCKER_USER, policy: 'accept' },
      rules: [
        [
          ofTask,
          { kind: 'is', field: 'ct direction', values: ['original'] },
          { kind: 'goto', chain: 'judge' },
        ],
      ],
    },
    { name: 'judge', rules: JUDGE },
  ];
}

const PASS: Statement = { kind: 'set-bits', to: 'meta mark', bits: DNS_MARK };
const KEEP: Statement = { kind: 'refresh', fields: FLOW, set: DNS_SETS.flows };

/** Marked before it is kept: a full set of flows costs the flow its life beyond the lease, not its beginning. */
const JUDGE: readonly Rule[] = [
  [
    { kind: 'is', field: 'ct state', values: ['established'] },
    { kind: 'in', fields: FLOW, set: DNS_SETS.flows },
    PASS,
    KEEP,
    { kind: 'accept' },
  ],
  [{ kind: 'in', fields: SERVICE, set: DNS_SETS.leases }, PASS, KEEP, { kind: 'accept' }],
  [{ kind: 'in', fields: PAIR, set: DNS_SETS.leasesWhole }, PASS, KEEP, { kind: 'accept' }],
];
