import type { FlowEnd } from '../../../rules/flows/flow-record.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { Ends, Named } from './name-flow.ts';
import type { NodePlace } from './node-places.ts';
import { serviceEnd } from './service-end.ts';

/** Who the ends are of what the node's own firewall judged: the node is always the second. */
export function createHostNamer(
  policy: Pick<HeldPolicy, 'nodeAddresses'>,
  placeAt: (address: string) => NodePlace | undefined,
): (flow: Ends) => Named {
  function sourceOf(address: string): FlowEnd {
    const place = placeAt(address);
    if (place?.service !== undefined) return serviceEnd(address, place.service, place);
    if (place?.container !== undefined) return { kind: 'container', address, container: place.container };
    return { kind: policy.nodeAddresses.includes(address) ? 'node' : 'world', address };
  }

  return ({ source, destination }) => ({
    source: sourceOf(source),
    destination: { kind: 'node', address: destination },
    direction: placeAt(source) === undefined ? 'ingress' : 'local',
    mode: 'enforce',
  });
}
