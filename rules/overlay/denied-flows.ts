import { protocolName } from '../flows/protocol-name.ts';
import { isDynamic, readObjects } from '../nftables/observe.ts';
import { FLOW_SETS } from './flow-sets.ts';
import { readCounted } from '../nftables/observed-elements.ts';

/** Packets of one flow that were dropped, or that only audit let pass. */
export interface DeniedFlow {
  readonly src: string;
  readonly dst: string;
  /** `tcp`, `udp`, `sctp`, `icmp`, or the protocol's number. */
  readonly protocol: string;
  /** Absent: the protocol has none. */
  readonly port?: number;
  readonly packets: number;
  readonly wouldDeny: boolean;
}

/** The sets that hold them. */
export const DENIED_SETS = FLOW_SETS.map(({ name }) => name);

/** From `nft -n -j list table …` or `list set …`. */
export function parseDenied(json: string): readonly DeniedFlow[] {
  return readObjects(json)
    .flatMap(({ set }) => (set && isDynamic(set) ? [set] : []))
    .flatMap((set) =>
      readCounted(set).map(({ parts: [src = '', dst = '', protocol = '', port], packets }) => ({
        src,
        dst,
        protocol: protocolName(protocol),
        ...(port === undefined ? {} : { port: Number(port) }),
        packets,
        wouldDeny: set.name.startsWith('would_deny'),
      })),
    );
}

/** Packets by counter: those that `FORWARD_COUNTERS` and `GUARD_COUNTERS` name. */
export function parseCounters(json: string): Readonly<Record<string, number>> {
  const counters = readObjects(json).flatMap(({ counter }) => (counter ? [counter] : []));
  return Object.fromEntries(counters.map(({ name, packets }) => [name, packets]));
}
