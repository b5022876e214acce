import type { GuardedNetworks } from '../api/types.ts';
import type { AgentHealth, NodeReport, ProgramHealth } from '../protocol.ts';
import type { DeniedFlows } from './denied-flows.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';
import type { GuardedFile, NetworkGuards } from './network-guards.ts';

/** What every manager is told. `view` of a namespace file. */
export function nodeReport(
  facts: LocalFacts,
  view: NetworkGuards['view'],
  health: AgentHealth,
  addresses: readonly string[],
): NodeReport {
  return {
    addresses,
    networks: facts.overlays.map(({ network, file, loadBalancer, endpoints }) => {
      const held = new Set(view(file)?.ports.flatMap((port) => port.addresses));
      return {
        network,
        endpoints: endpoints.map((each) =>
          held.has(each.address) ? { ...each, held: true as const } : each,
        ),
        ...(loadBalancer === undefined ? {} : { loadBalancer }),
      };
    }),
    health,
  };
}

export function networkPrograms(guarded: readonly GuardedFile[], denied: DeniedFlows): ProgramHealth[] {
  return guarded.map(({ file, guard }) => ({
    name: guard.network.name,
    network: guard.network.id,
    state: guard.state,
    entries: guard.entries,
    ...denied.counts(file),
  }));
}

export function guardedNetworks(guarded: readonly GuardedFile[], policy: HeldPolicy): GuardedNetworks {
  return {
    networks: guarded.map(({ namespace, guard }) => ({
      network: guard.network,
      namespace: namespace.path ?? '',
      state: guard.state === 'failed' ? 'failed' : guard.policy === 'known' ? 'enforced' : 'default-deny',
      endpoints: Object.fromEntries(
        Object.entries(policy.network(guard.network.id)?.endpoints ?? {}).map(([address, owner]) => [
          address,
          owner.kind === 'service' ? owner.service : `load balancer of ${owner.node}`,
        ]),
      ),
      ports: guard.ports,
    })),
  };
}
