import type { NetworkPolicy, ServiceStance } from '../../../rules/network-policy.ts';
import type { Role } from './overlay-lab.ts';

interface Services {
  readonly roles: readonly Role[];
  readonly addressesOf: (role: Role) => readonly string[];
  readonly stance: ServiceStance;
  readonly allows?: NetworkPolicy['allows'];
}

/** The overlay lab's network with a service of its own for each of these endpoints: `s/a` for a. */
export function policyOfRoles({ roles, addressesOf, stance, allows = {} }: Services): NetworkPolicy {
  return {
    network: { id: 'n', name: 'n', subnets: ['10.88.0.0/24'], encrypted: false, ingress: false },
    endpoints: Object.fromEntries(
      roles.flatMap((role) =>
        addressesOf(role).map((address) => [address, { kind: 'service', service: `s/${role}` }] as const),
      ),
    ),
    services: Object.fromEntries(roles.map((role) => [`s/${role}`, stance])),
    allows,
  };
}
