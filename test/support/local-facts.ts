import { NO_BRIDGES } from '../../plugin/agent/bridges/bridge-facts.ts';
import type { Gateway, LocalFacts, LocalOverlay } from '../../plugin/agent/local-facts.ts';

/** Of a node on which there is nothing but what is told. */
export function localFacts(told: Partial<LocalFacts> = {}): LocalFacts {
  return {
    overlays: [],
    unlisted: [],
    gateway: undefined,
    published: [],
    bridges: NO_BRIDGES,
    claims: new Map(),
    unfinished: false,
    ...told,
  };
}

/** Docker has told of the network, and of no container on it but those that are told. */
export function localOverlay(
  told: Pick<LocalOverlay, 'network' | 'file'> & Partial<LocalOverlay>,
): LocalOverlay {
  return { segment: false, endpoints: [], loadBalancer: undefined, ports: [], names: new Map(), ...told };
}

/** docker_gwbridge, with no container but those that are told. */
export function localGateway(told: Pick<Gateway, 'subnets'> & Partial<Gateway>): Gateway {
  return {
    ingressSandbox: undefined,
    addresses: new Map(),
    addresses6: new Map(),
    published: new Map(),
    ports: [],
    device: 'docker_gwbridge',
    unfinished: false,
    ...told,
  };
}
