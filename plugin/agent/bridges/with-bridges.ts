import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { DockerUserInput } from '../../../rules/docker-user/docker-user.ts';
import type { EdgePolicy } from '../../../rules/network-policy.ts';
import { isNameable } from './bridge-facts.ts';
import type { BridgePolicy } from './bridge-policy.ts';

/**
 * The world's side of the node's own networks: their containers stand beside Swarm's tasks with ports in host mode. What
 * stays on one bridge is judged there.
 */
export function withBridges(
  input: DockerUserInput,
  { facts, edges, endpoints }: BridgePolicy,
): DockerUserInput {
  if (edges.size === 0) return input;
  return {
    ...input,
    tasks: [
      ...input.tasks,
      ...[...endpoints].map(([address, key]) => ({ address, service: ownKey(key), bridge: true as const })),
    ],
    edges: {
      ...input.edges,
      ...Object.fromEntries([...edges].map(([key, edge]) => [ownKey(key), ownEdge(edge)])),
    },
    gatewaySubnets: [...input.gatewaySubnets, ...facts.subnets],
    bridges: facts.bridges.map(({ device }) => device).filter(isNameable),
  };
}

function ownEdge(edge: EdgePolicy): EdgePolicy {
  const near = edge.near.map((allow) => ({
    ...allow,
    from: allow.from === '*' ? ('*' as const) : ownKey(allow.from),
    to: ownKey(allow.to),
  }));
  return { ...edge, near };
}

const OWN = 'container ';

/** A container's labels name its project: with a blank in it, that is never the name of a Swarm's service. */
export function ownKey(key: ServiceKey): ServiceKey {
  return `${OWN}${key}`;
}

/** For people. */
export function plainKey(key: ServiceKey): ServiceKey {
  return key.startsWith(OWN) ? key.slice(OWN.length) : key;
}
