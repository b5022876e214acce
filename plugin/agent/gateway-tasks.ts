import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type { GatewayTask } from '../../rules/docker-user/near.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';

/**
 * The tasks with an address on docker_gwbridge. A container's word for which task it is (a label, which anyone can write)
 * counts only where the managers placed that task here and gave its service the address that the container has on an
 * overlay.
 */
export function gatewayTasks(
  facts: LocalFacts,
  policy: HeldPolicy,
  family: 'addresses' | 'addresses6' = 'addresses',
): readonly GatewayTask[] {
  const { gateway } = facts;
  if (gateway === undefined) return [];
  const services = new Map<string, ServiceKey>();
  for (const { network, endpoints } of facts.overlays)
    for (const { container, task, address } of endpoints) {
      const service = task === undefined ? undefined : policy.tasks.get(task);
      if (service !== undefined && policy.owner(network.id, address) === service)
        services.set(container, service);
    }
  return [...gateway[family]]
    .flatMap(([container, address]) => {
      const service = services.get(container);
      const ports = gateway.published.get(container);
      return service === undefined ? [] : [{ address, service, ...(ports && { ports }) }];
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}
