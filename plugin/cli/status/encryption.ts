import type { NodeStatus } from '../../api/types.ts';
import { ago } from '../ago.ts';
import { table } from '../print-table.ts';
import { printable, type Style } from '../style.ts';

/** What one node says of one network and one other node: the other says its own. */
export interface EncryptionRow {
  readonly network: string;
  readonly node: string;
  /** Its host name where its address is known by it; absent: no other node has an endpoint on the network. */
  readonly peer?: string;
  readonly state: 'encrypted' | 'broken' | 'idle';
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly keySince?: number;
  readonly mtu: number;
  readonly linkMtu?: number;
  /** Of the network on that node, and then of the pair. */
  readonly missing: readonly string[];
}

/** Whoever has a guarded network meant to be encrypted must see at once where it is not. */
export function isEncryptionBroken({ health }: Pick<NodeStatus, 'health'>): boolean {
  return health?.encrypted.some(({ state }) => state === 'broken') === true;
}

export function encryptionRows(
  nodes: readonly Pick<NodeStatus, 'hostname' | 'address' | 'health'>[],
): readonly EncryptionRow[] {
  const names = new Map(nodes.map(({ address, hostname }) => [address, hostname]));
  return nodes.flatMap(({ hostname: node, health }) =>
    (health?.encrypted ?? []).flatMap(({ name: network, peers, mtu, linkMtu, missing }): EncryptionRow[] => {
      const common = { network, node, mtu, ...(linkMtu === undefined ? {} : { linkMtu }) };
      if (peers.length === 0) return [{ ...common, state: 'idle', packetsOut: 0, packetsIn: 0, missing: [] }];
      return peers.map(({ address, packetsOut, packetsIn, keySince, missing: own }) => {
        const all = [...missing, ...own];
        return {
          ...{ ...common, packetsOut, packetsIn, missing: all },
          peer: names.get(address) ?? address,
          state: all.length > 0 ? ('broken' as const) : ('encrypted' as const),
          ...(keySince === undefined ? {} : { keySince }),
        };
      });
    }),
  );
}

const HEAD = ['NETWORK', 'NODE', 'PEER', 'STATE', 'SENT', 'RECEIVED', 'KEY SINCE', 'MTU', 'MISSING'];

export function encryptionTable(rows: readonly EncryptionRow[], style: Style, now: number): string {
  return table(
    HEAD,
    rows.map(
      ({ network, node, peer = '-', state, packetsOut, packetsIn, keySince, mtu, linkMtu, missing }) => [
        ...[printable(network), node, peer, state === 'broken' ? style.red(state) : style.green(state)],
        ...[String(packetsOut), String(packetsIn), keySince === undefined ? '-' : ago(keySince, now)],
        linkMtu === undefined ? String(mtu) : `${mtu} of ${linkMtu}`,
        missing.map(printable).join(', ') || '-',
      ],
    ),
    style.dim,
  );
}

/** One line for each network and node where it is not what it is meant to be, and one for all the rest. */
export function encryptionLines(
  rows: readonly EncryptionRow[],
  required: boolean,
  style: Style,
): readonly string[] {
  const meant = rows.filter(({ state }) => state !== 'idle');
  if (meant.length === 0) return [];
  const broken = meant.filter(({ state }) => state === 'broken');
  const fate = required ? 'what crosses in the clear is dropped' : 'it may cross in the clear';
  const places = new Set(broken.map(({ network, node }) => `${node}: network ${printable(network)}`));
  return [
    ...[...places].sort().map((place) => {
      const there = broken.filter(({ network, node }) => `${node}: network ${printable(network)}` === place);
      const peers = there.map(({ peer }) => peer).join(', ');
      const missing = [...new Set(there.flatMap((row) => row.missing))].map(printable).join(', ');
      return style.red(
        `${place} is meant to be encrypted, and is not with ${peers} (${fate}): missing ${missing}`,
      );
    }),
    ...(broken.length === 0
      ? [`encryption verified: ${[...new Set(meant.map(({ network }) => printable(network)))].join(', ')}`]
      : []),
  ];
}
