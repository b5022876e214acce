import { formatEntry, parseLabel, type PortMatch } from '../../compose-ext/index.ts';
import type { LabelPeer, ServiceKey } from '../../compose-ext/index.ts';
import { parseAddress } from '../address-block.ts';
import type { ClusterService } from '../network-policy.ts';
import type { Whereabouts } from '../peer.ts';
import { PROTOCOLS } from '../port-set.ts';
import type { ObservedEdge } from './observed-edge.ts';
import type { LeftOutReason } from './suggestion.ts';

export interface Surroundings {
  readonly stacks: ReadonlySet<string>;
  readonly services: ReadonlyMap<ServiceKey, ClusterService>;
  readonly whereabouts: (address: string) => Whereabouts;
}

/** A port that the destination listens on. */
export type EdgePort = PortMatch & { readonly port: number };

/** The port of the edge, or why no entry could allow it. */
export function sayablePort(
  { source, destination, protocol, port }: ObservedEdge,
  { stacks, services, whereabouts }: Surroundings,
): EdgePort | LeftOutReason {
  const known = PROTOCOLS.find((each) => each === protocol);
  if (known === undefined || port === undefined || port === 0) return 'no-entry';
  for (const end of [source, destination]) {
    if (end.kind === 'service') {
      const [stack, name] = partsOf(end.service);
      if (stacks.has(stack) && !services.has(end.service)) return 'unknown-service';
      if (!isNameable(stack, name)) return 'no-entry';
    } else {
      if (parseAddress(end.address) === undefined) return 'no-entry';
      if (whereabouts(end.address) === 'metadata') return 'metadata';
    }
  }
  return { protocol: known, port: listeningPort({ source, destination, protocol, port }, services) ?? port };
}

export function partsOf(key: ServiceKey): readonly [stack: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, Math.max(0, slash)), key.slice(slash + 1)];
}

/** A name with a dot, or one that is a word of the language, needs a selector. */
function isNameable(stack: string, service: string): boolean {
  const peer: LabelPeer = { kind: 'service', stack, service };
  const bare: LabelPeer = { kind: 'service', service };
  return [peer, bare].every((each) => {
    const read = parseLabel(formatEntry({ peer: each, ports: [] })).entries[0]?.peer;
    return JSON.stringify(read) === JSON.stringify(each);
  });
}

/** From outside it may have been seen at the published port; policies speak of the container's. */
export function listeningPort(
  { source, destination, protocol, port }: Pick<ObservedEdge, 'source' | 'destination' | 'protocol' | 'port'>,
  services: Surroundings['services'],
): number | undefined {
  if (source.kind === 'service' || destination.kind !== 'service') return port;
  const own = services.get(destination.service)?.ports.filter((each) => each.protocol === protocol) ?? [];
  if (own.some(({ target }) => target === port)) return port;
  return own.find(({ published }) => published === port)?.target ?? port;
}
