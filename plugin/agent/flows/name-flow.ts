import type { Mode } from '../../../compose-ext/policy-model.ts';
import type { FlowEnd, FlowRecord, FlowVerdict } from '../../../rules/flows/flow-record.ts';
import type { BridgePolicy } from '../bridges/bridge-policy.ts';
import { BRIDGES } from '../bridges/bridge-view.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { LocalFacts, LocalOverlay } from '../local-facts.ts';
import { createBridgeNamer } from './name-bridge.ts';
import { createEdgeNamer } from './name-edge.ts';
import { createHostNamer } from './name-host.ts';
import { createNodePlaces, type NodePlaceSources } from './node-places.ts';
import type { SeenFlow } from './reader-line.ts';
import { serviceEnd } from './service-end.ts';
import { EDGE, HOST } from './watched-tables.ts';

export interface FlowNames extends NodePlaceSources {
  readonly bridges: NodePlaceSources['bridges'] & Pick<BridgePolicy, 'network'>;
  readonly policy: Pick<HeldPolicy, 'endpoint' | 'stance' | 'tasks' | 'nodeAddresses'>;
}

export type Ends = Pick<SeenFlow, 'source' | 'destination' | 'protocol' | 'port' | 'way' | 'verdict'>;
export type Named = Pick<FlowRecord, 'source' | 'destination' | 'direction' | 'mode'> &
  // Where it is another than what was watched, or than the packet has.
  Partial<Pick<FlowRecord, 'network' | 'port'>>;

interface Local {
  readonly container?: string;
  readonly task?: string;
  /** The address that the policy knows: of an IPv6 address, the port's IPv4. */
  readonly known: string;
}

/** Who the ends of a flow are by what the node knows now, and which of them are here. */
export function createFlowNamer(names: FlowNames) {
  const { policy, facts } = names;
  const placeAt = createNodePlaces(names);
  const nameBridge = createBridgeNamer(names.bridges, placeAt);
  const nameEdge = createEdgeNamer(names, placeAt);
  const nameHost = createHostNamer(policy, placeAt);
  let seen: LocalFacts | undefined;
  let locals = new Map<string, ReadonlyMap<string, Local>>();

  function here(network: string): ReadonlyMap<string, Local> | undefined {
    const now = facts();
    if (now !== seen) {
      seen = now;
      locals = new Map(now?.overlays.map((overlay) => [overlay.network.id, localsOf(overlay)]));
    }
    return locals.get(network);
  }

  function endOf(network: string, address: string): FlowEnd {
    const local = here(network)?.get(address);
    const owner = policy.endpoint(network, address) ?? policy.endpoint(network, local?.known ?? address);
    if (owner?.kind === 'load-balancer') return { kind: 'balancer', address };
    if (owner !== undefined) return serviceEnd(address, owner.service, local);
    return local?.container === undefined
      ? { kind: 'unknown', address }
      : { kind: 'container', address, container: local.container };
  }

  /** Of what stays, an address that is no endpoint's here is a virtual one, and where it leads to is another packet's affair. */
  function directionOf(network: string, { way, destination }: Ends): FlowRecord['direction'] {
    if (way !== 'stays') return way === 'leaves' ? 'egress' : 'ingress';
    const local = here(network);
    return local === undefined || local.has(destination) ? 'local' : 'egress';
  }

  function modeOf(network: string, verdict: FlowVerdict, source: FlowEnd, destination: FlowEnd): Mode {
    if (verdict === 'would-deny') return 'audit';
    const stance = (end: FlowEnd, side: 'ingress' | 'egress') =>
      end.service === undefined ? undefined : policy.stance(network, end.service)?.[side];
    return stance(source, 'egress') === 'audit' || stance(destination, 'ingress') === 'audit'
      ? 'audit'
      : 'enforce';
  }

  return (network: string, flow: Ends): Named => {
    if (network === BRIDGES) return nameBridge(flow);
    if (network === EDGE) return nameEdge(flow);
    if (network === HOST) return nameHost(flow);
    const source = endOf(network, flow.source);
    const destination = endOf(network, flow.destination);
    return {
      source,
      destination,
      direction: directionOf(network, flow),
      mode: modeOf(network, flow.verdict, source, destination),
    };
  };
}

function localsOf({ endpoints, ports, loadBalancer }: LocalOverlay): ReadonlyMap<string, Local> {
  const locals = new Map<string, Local>();
  if (loadBalancer !== undefined) locals.set(loadBalancer, { known: loadBalancer });
  for (const { address, container, task } of endpoints)
    locals.set(address, { known: address, container, ...(task !== undefined && { task }) });
  for (const { addresses } of ports) {
    const [first = ''] = addresses;
    const own = locals.get(first);
    // Those of the balancer besides its own are virtual.
    if (own?.container !== undefined)
      for (const address of addresses) if (!locals.has(address)) locals.set(address, own);
  }
  return locals;
}
