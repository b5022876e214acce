import { anyBlockTest } from '../../../rules/address-block.ts';
import type { FlowEnd } from '../../../rules/flows/flow-record.ts';
import { protocolName } from '../../../rules/flows/protocol-name.ts';
import type { BridgePolicy } from '../bridges/bridge-policy.ts';
import { BRIDGES_NAME } from '../bridges/bridges-guard.ts';
import type { Ends, Named } from './name-flow.ts';
import type { NodePlace } from './node-places.ts';
import { serviceEnd } from './service-end.ts';

/** Who the ends are of what the program of bridge networks judged: between containers, and on the way to docker-proxy's ports. */
export function createBridgeNamer(
  bridges: Pick<BridgePolicy, 'facts' | 'network'>,
  placeAt: (address: string) => NodePlace | undefined,
): (flow: Ends) => Named {
  let subnets: readonly string[] = [];
  let isInside = anyBlockTest(subnets);

  function endOf(address: string): FlowEnd {
    const place = placeAt(address);
    if (place?.service !== undefined) return serviceEnd(address, place.service, place);
    if (subnets !== bridges.facts.subnets) {
      subnets = bridges.facts.subnets;
      isInside = anyBlockTest(subnets);
    }
    return { kind: isInside(address) ? 'unknown' : 'world', address };
  }

  /** Where docker-proxy leads to from the node's own address. */
  function behind({ destination, protocol, port }: Ends): { readonly end: FlowEnd; readonly port?: number } {
    const name = protocolName(protocol);
    for (const { stack, service, published } of bridges.facts.containers)
      for (const each of published)
        if (each.protocol === name && each.published === port)
          return { end: serviceEnd(destination, `${stack}/${service}`), port: each.target };
    return { end: { kind: 'node', address: destination } };
  }

  function isAudited(source: FlowEnd, destination: FlowEnd): boolean {
    const { services } = bridges.network;
    return (
      services[source.service ?? '']?.egress === 'audit' ||
      services[destination.service ?? '']?.ingress === 'audit'
    );
  }

  return (flow) => {
    const [from, to] = [placeAt(flow.source), placeAt(flow.destination)];
    const source = endOf(flow.source);
    const toNode = to === undefined && endOf(flow.destination).kind === 'world' ? behind(flow) : undefined;
    const { end: destination, port } = toNode ?? { end: endOf(flow.destination) };
    return {
      ...{ source, destination },
      direction: from === undefined ? 'ingress' : 'local',
      mode: flow.verdict === 'would-deny' || isAudited(source, destination) ? 'audit' : 'enforce',
      network: from?.network ?? to?.network ?? BRIDGES_NAME,
      ...(port !== undefined && { port }),
    };
  };
}
