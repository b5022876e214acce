import type { Protocol } from '../compose-ext/policy-model.ts';
import type { Connection } from './connectivity.ts';
import {
  difference,
  EVERY_PORT,
  EVERYTHING,
  normalise,
  type PortSet,
  type PortSpan,
  spans,
} from './port-set.ts';

export interface ConnectivityDiff {
  readonly added: readonly Connection[];
  readonly removed: readonly Connection[];
}

type Ports = readonly PortSpan[];

/** What passes after and did not before, and the other way round, pair by pair; in the order of the connections. */
export function connectivityDiff(
  before: Iterable<Connection>,
  after: Iterable<Connection>,
): ConnectivityDiff {
  const were = new Map<string, Map<string, Ports>>();
  for (const { from, to, ports } of before) {
    const row = were.get(from);
    if (row) row.set(to, ports);
    else were.set(from, new Map([[to, ports]]));
  }
  const added: Connection[] = [];
  const removed: Connection[] = [];
  const note = (changes: Connection[], from: string, to: string, ports: Ports): void => {
    if (ports.length > 0) changes.push({ from, to, ports });
  };
  for (const { from, to, ports } of after) {
    const old = were.get(from)?.get(to) ?? [];
    were.get(from)?.delete(to);
    note(added, from, to, without(ports, old));
    note(removed, from, to, without(old, ports));
  }
  for (const [from, row] of were) for (const [to, ports] of row) removed.push({ from, to, ports });
  return { added, removed };
}

function without(ours: Ports, others: Ports): Ports {
  return others.length === 0 ? ours : spans(difference(setOf(ours), setOf(others)));
}

function setOf(ports: Ports): PortSet {
  if (ports.some(({ protocol }) => protocol === 'any')) return EVERYTHING;
  const ranges = (wanted: Protocol): PortSet['tcp'] =>
    normalise(
      ports
        .filter(({ protocol }) => protocol === wanted)
        .map(({ port, endPort }) => (port === undefined ? EVERY_PORT : [port, endPort ?? port])),
    );
  const icmp = ports.some(({ protocol }) => protocol === 'icmp');
  return { everything: false, tcp: ranges('tcp'), udp: ranges('udp'), sctp: ranges('sctp'), icmp };
}
