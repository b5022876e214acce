import type { Family, Program, TableChange, TableObjects } from './nftables/program.ts';
import { renderChanges, renderDeletion, renderLoad } from './nftables/render.ts';

/** One thing to do to the kernel, as data. Each is one transaction or one idempotent call. */
export type Step =
  /** Whole, in one transaction. `inTheWay`: objects of another version, deleted in it. */
  | { readonly kind: 'load-table'; readonly program: Program; readonly inTheWay?: TableObjects }
  /** What no rule of ours names any more. */
  | {
      readonly kind: 'delete-objects';
      readonly family: Family;
      readonly table: string;
      readonly objects: TableObjects;
    }
  /** All of them in one transaction. Fails as a whole when the kernel holds other than was thought. */
  | { readonly kind: 'update-elements'; readonly changes: readonly TableChange[] }
  /** Elements that go by themselves. */
  | {
      readonly kind: 'time-elements';
      readonly family: Family;
      readonly table: string;
      readonly set: string;
      readonly elements: readonly string[];
      readonly seconds: number;
    }
  | { readonly kind: 'delete-table'; readonly family: Family; readonly table: string }
  /** Connections of an address whose owner changed. There may be none: then conntrack exits with 1. */
  | { readonly kind: 'forget-flows'; readonly address: string; readonly side: 'source' | 'destination' }
  /** Lines for `ipset restore`, in order; each takes effect by itself. */
  | { readonly kind: 'ipset'; readonly lines: readonly string[] }
  /** Chains of ours in the filter table, each flushed and filled, all in one transaction. */
  | { readonly kind: 'chain'; readonly chains: readonly FilterChain[] }
  /** Leaves one jump, at the top. `present`: how many there are now. */
  | ({ readonly kind: 'jump' } & Jump)
  | ({ readonly kind: 'delete-jump' } & Jump)
  | { readonly kind: 'delete-chains'; readonly chains: readonly string[] };

export interface Jump {
  readonly from: string;
  /** Of what is jumped for; absent: all. */
  readonly match?: string;
  readonly to: string;
  readonly present: number;
}

export interface FilterChain {
  readonly name: string;
  /** What follows `-A <name>`. */
  readonly rules: readonly string[];
}

export interface Command {
  readonly tool: 'nft' | 'conntrack' | 'ipset' | 'iptables-restore';
  readonly args: readonly string[];
  readonly input?: string;
  /** Exit codes, besides 0, that are no failure. */
  readonly accept?: readonly number[];
}

/** nft and conntrack run in the network's namespace, the others in the host's. */
export function render(step: Step): Command {
  switch (step.kind) {
    case 'load-table':
      return nft(renderLoad(step.program, step.inTheWay));
    case 'update-elements':
      return nft(renderChanges(step.changes));
    case 'delete-objects':
      return nft(renderDeletion(step.family, step.table, step.objects));
    case 'time-elements': {
      const elements = step.elements.map((element) => `${element} timeout ${step.seconds}s`).join(', ');
      return nft(`add element ${step.family} ${step.table} ${step.set} { ${elements} }\n`);
    }
    case 'delete-table': {
      const table = `${step.family} ${step.table}`;
      // Added first, so that a table which is gone already is no failure.
      return nft(`add table ${table}\ndelete table ${table}\n`);
    }
    case 'forget-flows':
      return {
        tool: 'conntrack',
        args: [
          ...(step.address.includes(':') ? ['-f', 'ipv6'] : []),
          ...['-D', step.side === 'source' ? '-s' : '-d', step.address],
        ],
        accept: [1],
      };
    case 'ipset':
      return { tool: 'ipset', args: ['restore', '-exist'], input: `${step.lines.join('\n')}\n` };
    case 'chain':
      return restore([
        ...step.chains.map(({ name }) => `:${name} - [0:0]`),
        ...step.chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)),
      ]);
    case 'jump':
      return restore([...deletions(step), `-I ${step.from} 1 ${targetOf(step)}`]);
    case 'delete-jump':
      return restore(deletions(step));
    case 'delete-chains':
      // Emptied first: they may jump to one another.
      return restore([
        ...step.chains.map((chain) => `:${chain} - [0:0]`),
        ...step.chains.map((chain) => `-X ${chain}`),
      ]);
  }
}

function nft(input: string): Command {
  return { tool: 'nft', args: ['-f', '-'], input };
}

function restore(lines: readonly string[]): Command {
  return {
    tool: 'iptables-restore',
    args: ['-w', '5', '-n'],
    input: ['*filter', ...lines, 'COMMIT', ''].join('\n'),
  };
}

function deletions(jump: Jump) {
  return Array.from({ length: jump.present }, () => `-D ${jump.from} ${targetOf(jump)}`);
}

function targetOf({ match, to }: Jump): string {
  return `${match === undefined ? '' : `${match} `}-j ${to}`;
}
