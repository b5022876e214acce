import type { PortSpan } from '../port-set.ts';
import type { FlowTotal } from './flow-totals.ts';
import {
  type ArrowState,
  arrowId,
  type MapArrow,
  type MapPlace,
  type MapSegment,
  MOST_PORTS,
  placeId,
  type ServiceMap,
} from './map-data.ts';
import type { MapCluster, PolicyArrow, PolicyMap } from './policy-arrows.ts';

interface Seen {
  readonly state: ArrowState;
  readonly from: string;
  readonly to: string;
  readonly totals: FlowTotal[];
}

/** What is allowed and what was seen, in one picture. */
export function serviceMap(
  cluster: Pick<MapCluster, 'networks' | 'members'>,
  policy: PolicyMap,
  totals: readonly FlowTotal[],
  forgotten = 0,
): ServiceMap {
  const seen = new Map<string, Seen>();
  for (const total of totals) {
    const { from, to, verdict: state } = total;
    const key = arrowId({ from, to, state });
    const known = seen.get(key);
    if (known) known.totals.push(total);
    else seen.set(key, { from, to, state, totals: [total] });
  }
  const arrows: MapArrow[] = [];
  for (const allowed of policy.arrows) {
    const key = arrowId({ ...allowed, state: 'allowed' });
    const used = seen.get(key);
    seen.delete(key);
    arrows.push(used ? usedArrow(used, allowed) : unusedArrow(allowed));
  }
  for (const each of seen.values()) arrows.push(usedArrow(each));
  arrows.sort((a, b) => (arrowId(a) < arrowId(b) ? -1 : 1));
  return {
    places: placesOf(policy, arrows),
    arrows,
    segments: segmentsOf(cluster),
    forgotten,
  };
}

function usedArrow({ from, to, state, totals }: Seen, allowed?: PolicyArrow): MapArrow {
  const sum = (pick: (total: FlowTotal) => number): number =>
    totals.reduce((all, total) => all + pick(total), 0);
  const unused = allowed?.ports.filter((span) => !totals.some((total) => isOf(total, span))) ?? [];
  const newest = totals.toSorted((a, b) => b.last - a.last);
  return {
    ...{ from, to, state },
    ports: shortened([...new Set(newest.map(portText))]),
    ...(unused.length > 0 && { unusedPorts: shortened(unused.map(spanText)) }),
    connections: sum(({ connections }) => connections),
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    last: newest[0]?.last ?? 0,
  };
}

function unusedArrow({ from, to, ports }: PolicyArrow): MapArrow {
  const texts = shortened(ports.map(spanText));
  return { from, to, state: 'unused', ports: texts, connections: 0, packets: 0, bytes: 0 };
}

function isOf({ protocol, port }: FlowTotal, span: PortSpan): boolean {
  if (span.protocol === 'any') return true;
  if (span.protocol !== protocol) return false;
  if (span.port === undefined) return true;
  return port !== undefined && span.port <= port && port <= (span.endPort ?? span.port);
}

export function portText({ protocol, port }: Pick<FlowTotal, 'protocol' | 'port'>): string {
  return port === undefined ? protocol : `${port}/${protocol}`;
}

export function spanText({ protocol, port, endPort }: PortSpan): string {
  if (protocol === 'any') return 'everything';
  if (protocol === 'icmp') return 'icmp';
  if (port === undefined) return `all ${protocol}`;
  return endPort === undefined ? `${port}/${protocol}` : `${port}-${endPort}/${protocol}`;
}

function shortened(texts: readonly string[]): readonly string[] {
  if (texts.length <= MOST_PORTS) return texts;
  return [...texts.slice(0, MOST_PORTS), `${texts.length - MOST_PORTS} more`];
}

/** Of the places outside only those that an arrow leads to, and services that only flows know of. */
function placesOf(policy: PolicyMap, arrows: readonly MapArrow[]): readonly MapPlace[] {
  const known = new Map(policy.places.map((place) => [place.id, place]));
  for (const id of arrows.flatMap(({ from, to }) => [from, to]))
    if (!known.has(id)) known.set(id, strange(id));
  return [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function strange(id: string): MapPlace {
  const open = { ingress: false, egress: false, mode: 'enforce' } as const;
  const outside = placeId('outside', '');
  if (id.startsWith(outside))
    return { id, kind: 'outside', stack: '', name: id.slice(outside.length), ...open };
  const key = id.slice(placeId('service', '').length);
  const slash = key.indexOf('/');
  return {
    ...{ id, kind: 'service', stack: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) },
    ...{ ...open, gone: true },
  };
}

function segmentsOf({ networks, members }: Pick<MapCluster, 'networks' | 'members'>): readonly MapSegment[] {
  return networks
    .filter(({ id, ingress }) => !ingress && (members.get(id)?.size ?? 0) > 0)
    .map(({ id, name, encrypted }) => ({
      ...{ id, name, encrypted },
      members: [...(members.get(id) ?? [])].map((key) => placeId('service', key)).sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
}
