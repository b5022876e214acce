import { asObserved } from '../../rules/plan.ts';
import type { ObservedProgram, TableChange } from '../../rules/nftables/program.ts';
import type { DeniedFlow } from '../../rules/overlay/denied-flows.ts';
import { isIp6 } from '../../rules/overlay/local-ports.ts';
import type { Step } from '../../rules/step.ts';
import { type TableState, walk } from './nft-walker.ts';

/** One direction of a conversation. `icmp`: an echo request; ports don't count. */
export interface Tuple {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'gre';
  readonly sourcePort: number;
  readonly port: number;
}

const NUMBERS = { tcp: '6', udp: '17', sctp: '132', icmp: '1', gre: '47' } as const;
const NAMES: Readonly<Record<string, string>> = {
  '6': 'tcp',
  '17': 'udp',
  '132': 'sctp',
  '1': 'icmp',
  '58': 'icmp',
};

/** One overlay's namespace as far as our programs see it: tables, and connection tracking. */
export class FakeKernel {
  readonly #tables = new Map<string, TableState>();
  readonly #connections = new Map<string, { mark: number; readonly first: Tuple }>();

  /** Groups of the kernel's log, since it was last asked. */
  takeLogged(): readonly number[] {
    return [...this.#tables.values()].flatMap(({ logged }) => logged?.splice(0) ?? []);
  }

  apply(step: Step): void {
    switch (step.kind) {
      case 'load-table': {
        const { program } = step;
        const old = this.#tables.get(`${program.family} ${program.table}`);
        this.#tables.set(`${program.family} ${program.table}`, {
          program,
          elements: new Map([...program.elements].map(([name, elements]) => [name, new Map(elements)])),
          counters: new Map(old?.counters),
          logged: [],
        });
        break;
      }
      case 'update-elements':
        step.changes.forEach((change) => {
          this.#change(change);
        });
        break;
      case 'delete-table':
        this.#tables.delete(`${step.family} ${step.table}`);
        break;
      case 'forget-flows':
        for (const [key, { first }] of this.#connections)
          if ((step.side === 'source' ? first.from : first.to) === step.address)
            this.#connections.delete(key);
        break;
      case 'delete-objects':
        break;
      case 'time-elements':
      case 'ipset':
      case 'chain':
      case 'jump':
      case 'delete-jump':
      case 'delete-chains':
        throw new Error(`no step for an overlay: ${step.kind}`);
    }
  }

  observe(): readonly ObservedProgram[] {
    return [...this.#tables.values()].map(({ program, elements }) => {
      const wanted = [...elements].filter(([name]) => program.elements.has(name));
      return { ...asObserved(program), elements: new Map(wanted) };
    });
  }

  /** A packet that crosses the bridge; true: it arrives. */
  send(tuple: Tuple): boolean {
    const table = this.#tables.get('inet swarmwall');
    if (!table) return true;
    const known = this.#connections.get(keyOf(tuple));
    const answered = this.#connections.get(keyOf(reverse(tuple)));
    const connection = known ?? answered ?? { mark: 0, first: tuple };
    const verdict = walk(table, 'forward', {
      connection,
      fields: {
        ...headers(tuple, answered && !known ? 'reply' : 'original'),
        'ct direction': answered && !known ? 'reply' : 'original',
        'ct state': known || answered ? 'established' : 'new',
        ...(isIp6(tuple.from)
          ? {
              'ct original ip6 saddr': connection.first.from,
              'ct original ip6 daddr': connection.first.to,
            }
          : { 'ct original ip saddr': connection.first.from, 'ct original ip daddr': connection.first.to }),
      },
    });
    if (verdict === 'accept' && !known && !answered) this.#connections.set(keyOf(tuple), connection);
    return verdict === 'accept';
  }

  /** A frame from a port; true: it may cross the bridge. */
  sendFrame(
    fields: Parameters<typeof walk>[2]['fields'],
    hook: 'prerouting' | 'input' = 'prerouting',
  ): boolean {
    const table = this.#tables.get('bridge swarmwall');
    return !table || walk(table, hook, { fields }) === 'accept';
  }

  counter(name: string): number {
    return [...this.#tables.values()].reduce((sum, { counters }) => sum + (counters.get(name) ?? 0), 0);
  }

  denied(): readonly DeniedFlow[] {
    const elements = [...(this.#tables.get('inet swarmwall')?.elements ?? [])];
    return elements
      .filter(([set]) => /^(denied|would_deny)/.test(set))
      .flatMap(([set, flows]) =>
        [...flows].map(([key, packets]) => {
          const [src = '', dst = '', protocol = '', port] = key.split(' . ');
          return {
            src,
            dst,
            protocol: NAMES[protocol] ?? protocol,
            ...(port === undefined ? {} : { port: Number(port) }),
            packets: Number(packets),
            wouldDeny: set.startsWith('would_deny'),
          };
        }),
      );
  }

  /** Refuses what the kernel refuses: the whole transaction fails there. */
  #change({ family, table, sets }: TableChange): void {
    const state = this.#tables.get(`${family} ${table}`);
    if (!state) throw new Error(`no table ${family} ${table}`);
    for (const { set, remove, add } of sets) {
      const elements = state.elements.get(set);
      if (!elements) throw new Error(`no set ${set}`);
      for (const key of remove) if (!elements.delete(key)) throw new Error(`${set} has no ${key}`);
      for (const [key, value] of add) {
        const old = elements.get(key);
        if (old !== undefined && old !== value) throw new Error(`${set} has another ${key}`);
        elements.set(key, value);
      }
    }
  }
}

function headers(tuple: Tuple, direction: 'original' | 'reply'): Parameters<typeof walk>[2]['fields'] {
  const six = isIp6(tuple.from);
  const icmp = tuple.protocol === 'icmp';
  return {
    ...(six
      ? { 'ip6 saddr': tuple.from, 'ip6 daddr': tuple.to }
      : { 'ip saddr': tuple.from, 'ip daddr': tuple.to }),
    'meta l4proto': six && icmp ? '58' : NUMBERS[tuple.protocol],
    // Whatever the protocol is, the kernel would find some bytes there.
    'th dport': icmp || tuple.protocol === 'gre' ? '80' : String(tuple.port),
    'th sport': icmp || tuple.protocol === 'gre' ? '80' : String(tuple.sourcePort),
    ...(icmp && six && { 'icmpv6 type': direction === 'original' ? '128' : '129' }),
    ...(icmp && !six && { 'icmp type': direction === 'original' ? '8' : '0' }),
  };
}

export function reverse({ from, to, sourcePort, port, ...rest }: Tuple): Tuple {
  return { ...rest, from: to, to: from, sourcePort: port, port: sourcePort };
}

function keyOf({ from, to, protocol, sourcePort, port }: Tuple): string {
  return [from, to, protocol, sourcePort, port].join(' ');
}
