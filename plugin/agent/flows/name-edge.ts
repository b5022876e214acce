import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { DockerUserInput } from '../../../rules/docker-user/docker-user.ts';
import { GATEWAY_BRIDGE } from '../../../rules/docker-user/names.ts';
import { anyBlockTest } from '../../../rules/address-block.ts';
import { hostPorts } from '../../../rules/docker-user/relays.ts';
import type { FlowEnd } from '../../../rules/flows/flow-record.ts';
import { protocolName } from '../../../rules/flows/protocol-name.ts';
import type { Ipv6EdgeInput } from '../../../rules/ipv6-edge.ts';
import { ownKey, plainKey } from '../bridges/with-bridges.ts';
import type { Ends, Named } from './name-flow.ts';
import type { NodePlace, NodePlaceSources } from './node-places.ts';
import { serviceEnd } from './service-end.ts';

/** What a published port leads to. */
interface Target {
  readonly service: ServiceKey;
  readonly port: number;
}

/** Of the programs that are in the kernel, by a port as a packet has it: `tcp:80`. */
interface Targets {
  readonly input: DockerUserInput | undefined;
  readonly six: Ipv6EdgeInput | undefined;
  /** docker_gwbridge's subnets, and those of the node's own bridges. */
  readonly isInside: (address: string) => boolean;
  /** At ingress_sbox. */
  readonly mesh: ReadonlyMap<string, Target>;
  /** Where docker-proxy listens, on the node itself. */
  readonly relayed: ReadonlyMap<string, Target>;
}

/** Who the ends are of what DOCKER-USER judged, and IPv6's program beside it, with ports as policies mean them: those of the tasks. */
export function createEdgeNamer(
  { edge, edge6 }: Pick<NodePlaceSources, 'edge' | 'edge6'>,
  placeAt: (address: string) => NodePlace | undefined,
): (flow: Ends) => Named {
  let known: Targets = targetsOf(undefined, undefined);

  function targetOf({ destination, protocol, port, way }: Ends): Target | undefined {
    const key = `${protocolName(protocol)}:${String(port)}`;
    if (way === 'comes') return known.relayed.get(key);
    return destination === known.input?.sandbox ? known.mesh.get(key) : undefined;
  }

  function endOf(address: string): FlowEnd {
    const place = placeAt(address);
    if (place?.service !== undefined) return serviceEnd(address, place.service, place);
    if (place?.container !== undefined) return { kind: 'container', address, container: place.container };
    if (known.input?.nodeAddresses.includes(address)) return { kind: 'node', address };
    if (address === known.input?.sandbox) return { kind: 'balancer', address };
    return { kind: known.isInside(address) ? 'unknown' : 'world', address };
  }

  function isAudited(source: FlowEnd, destination: FlowEnd): boolean {
    const of = (end: FlowEnd, side: 'ingress' | 'egress'): boolean => {
      const { edges = {} } = known.input ?? {};
      const key = end.service ?? '';
      const found = edges[key] ?? edges[ownKey(key)];
      return found?.stance[side] === 'audit' || found?.pair[side] === 'audit';
    };
    return of(source, 'egress') || of(destination, 'ingress');
  }

  function networkOf({ source, destination }: Ends): string {
    const place = placeAt(source) ?? placeAt(destination);
    return place?.network ?? GATEWAY_BRIDGE;
  }

  return (flow) => {
    const [input, six] = [edge(), edge6()];
    if (input !== known.input || six !== known.six) known = targetsOf(input, six);
    const target = targetOf(flow);
    const source = endOf(flow.source);
    const destination: FlowEnd =
      target !== undefined
        ? serviceEnd(flow.destination, plainKey(target.service))
        : flow.way === 'comes'
          ? { kind: 'node', address: flow.destination }
          : endOf(flow.destination);
    const [from, to] = [isHere(source), isHere(destination)];
    return {
      ...{ source, destination, network: networkOf(flow) },
      direction: from && to ? 'local' : from ? 'egress' : 'ingress',
      mode: flow.verdict === 'would-deny' || isAudited(source, destination) ? 'audit' : 'enforce',
      ...(target !== undefined && { port: target.port }),
    };
  };
}

/** Other nodes are clients as the world is. */
function isHere({ kind }: FlowEnd): boolean {
  return kind === 'service' || kind === 'container';
}

function targetsOf(input: DockerUserInput | undefined, six: Ipv6EdgeInput | undefined): Targets {
  const mesh = new Map<string, Target>();
  const relayed = new Map<string, Target>();
  // Of the same policy; an engine without DOCKER-USER has the second alone.
  const edges = input === undefined ? [...(six?.edges ?? [])] : Object.entries(input.edges);
  const tasks = input?.tasks ?? six?.here ?? [];
  for (const [service, edge] of edges) {
    for (const { protocol, published, target, mode } of edge.published)
      if (mode === 'ingress') mesh.set(`${protocol}:${String(published)}`, { service, port: target });
    const here = tasks.filter((task) => task.service === service && task.bridge !== true);
    if (here.length === 0) continue;
    for (const { protocol, published, target } of hostPorts(service, edge, here))
      relayed.set(`${protocol}:${String(published)}`, { service, port: target });
  }
  return { input, six, isInside: anyBlockTest(input?.gatewaySubnets ?? []), mesh, relayed };
}
