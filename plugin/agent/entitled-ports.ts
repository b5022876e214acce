import type { LocalPorts } from '../../rules/overlay/local-ports.ts';
import type { LocalNetwork } from '../protocol.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalOverlay } from './local-facts.ts';

type Endpoint = Pick<LocalNetwork['endpoints'][number], 'address' | 'task'>;

/**
 * An address that the managers gave to somebody is only for a container of a task that they placed here as that
 * somebody's: Swarm gives an address to another container as soon as its task is over, and may be ahead of their word.
 */
export function isEntitled(
  network: string,
  { address, task }: Endpoint,
  policy: Pick<HeldPolicy, 'owner' | 'tasks'>,
): boolean {
  const owner = policy.owner(network, address);
  return owner === undefined || (task !== undefined && policy.tasks.get(task) === owner);
}

/** Those that may send: the others would be taken for who had the address before. */
export function entitledPorts(
  { network, endpoints, ports }: Pick<LocalOverlay, 'network' | 'endpoints' | 'ports'>,
  policy: Pick<HeldPolicy, 'owner' | 'tasks'>,
): LocalPorts {
  const wrong = new Set(
    endpoints.filter((each) => !isEntitled(network.id, each, policy)).map(({ address }) => address),
  );
  // Its own address is a port's first; a balancer's virtual IPs follow.
  return ports.filter(({ addresses: [own] }) => own === undefined || !wrong.has(own));
}
