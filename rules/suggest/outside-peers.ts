import { type LabelPeer } from '../../compose-ext/index.ts';
import { parseCidr } from '../../compose-ext/syntax/cidr.ts';
import { endName } from './observed-edge.ts';
import type { Weighed } from './weigh-evidence.ts';

/** Addresses that reach one port of a service, or that it reaches at one, as the peers that the evidence bears. */
export interface OutsidePeers {
  readonly peers: readonly { readonly peer: LabelPeer; readonly edges: readonly Weighed[] }[];
  readonly leftOut: readonly Weighed[];
}

/** So many proven neighbours stand for their network: a /24, or a /64 of IPv6. */
const NEIGHBOURS = 8;
/** So many clients from so many networks (/16, or /32 of IPv6) are the public. */
const PUBLIC_CLIENTS = 20;
const PUBLIC_NETWORKS = 8;
/** Of one connection: more than a handshake and its end. */
const CARRIED_PACKETS = 6;

/** Each address by its own evidence; the world only where many from all over were served, though each came but once. */
export function outsidePeers(weighed: readonly Weighed[]): OutsidePeers {
  const world = weighed.filter(({ edge: { source, destination } }) =>
    [source, destination].some(({ kind }) => kind === 'world'),
  );
  const visitors = world.filter(({ doubt, edge }) => isVisit(doubt) && carried(edge));
  const networks = new Set(visitors.map((each) => blockOf(each, 16, 32)));
  if (visitors.length < PUBLIC_CLIENTS || networks.size < PUBLIC_NETWORKS) return provenPeers(weighed);
  const others = provenPeers(weighed.filter((each) => !world.includes(each)));
  return {
    peers: [{ peer: { kind: 'world' }, edges: visitors }, ...others.peers],
    leftOut: others.leftOut,
  };
}

function provenPeers(weighed: readonly Weighed[]): OutsidePeers {
  const networks = new Map<string, Weighed[]>();
  for (const each of weighed.filter(({ doubt }) => doubt === undefined)) {
    const block = isNode(each) ? blockOf(each, 32, 128) : blockOf(each, 24, 64);
    networks.set(block, [...(networks.get(block) ?? []), each]);
  }
  const peers = [...networks].flatMap(([block, edges]) =>
    edges.length >= NEIGHBOURS
      ? [{ peer: cidr(block), edges }]
      : edges.map((each) => ({ peer: cidr(blockOf(each, 32, 128)), edges: [each] })),
  );
  return { peers, leftOut: weighed.filter(({ doubt }) => doubt !== undefined) };
}

function isVisit(doubt: Weighed['doubt']): boolean {
  return doubt === undefined || doubt === 'rare';
}

function carried({ connections, packets }: Weighed['edge']): boolean {
  return packets > CARRIED_PACKETS * connections;
}

function isNode({ edge: { source, destination } }: Weighed): boolean {
  return source.kind === 'node' || destination.kind === 'node';
}

function cidr(block: string): LabelPeer {
  return { kind: 'cidr', cidr: block.replace(/\/(?:32|128)$/u, ''), except: [] };
}

/** The block that the address is in, of one size for IPv4 and one for IPv6. */
function blockOf({ edge: { source, destination } }: Weighed, four: number, six: number): string {
  const address = endName(source.kind === 'service' ? destination : source);
  return parseCidr(`${address}/${address.includes(':') ? six : four}`)?.text ?? '';
}
