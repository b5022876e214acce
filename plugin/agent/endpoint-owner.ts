import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';

/**
 * Who has an address of an overlay, for people: of IPv6 that no manager knows, who has its port. A container that joined
 * the network by itself is nobody to the policy, and known by its name.
 */
export function endpointOwner(
  policy: Pick<HeldPolicy, 'owner'>,
  facts: LocalFacts | undefined,
  network: string,
  address: string,
): string | undefined {
  const known = policy.owner(network, address);
  if (known !== undefined) return known;
  const overlay = facts?.overlays.find((other) => other.network.id === network);
  const port = overlay?.ports.find(({ addresses }) => addresses.includes(address));
  const [first = address] = port?.addresses ?? [];
  const name = overlay?.names.get(first);
  return policy.owner(network, first) ?? (name === undefined ? undefined : `container ${name}`);
}
