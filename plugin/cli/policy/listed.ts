import type { StoredPolicies } from '../../policy-store/stored-policies.ts';

/** What `policy list --json` prints of each. */
export interface ListedPolicy {
  readonly name: string;
  readonly kind: 'policy' | 'group';
  readonly tier?: 'admin' | 'baseline';
  readonly priority?: number;
  /** Of both directions. */
  readonly rules?: number;
  readonly blocks?: number;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by?: string;
}

/** In the order in which they are looked at, then the groups. */
export function listed({ histories }: StoredPolicies): readonly ListedPolicy[] {
  return [...histories.values()]
    .flatMap(({ name, inForce }): ListedPolicy[] => {
      if (inForce?.content.kind !== 'document') return [];
      const { version, at, by, content } = inForce;
      const common = { version, at, ...(by !== undefined && { by }) };
      const { document } = content;
      if (document.kind === 'group')
        return [{ name, kind: 'group', blocks: document.group.blocks.length, ...common }];
      const { tier, priority, ingress, egress } = document.policy;
      return [{ name, kind: 'policy', tier, priority, rules: ingress.length + egress.length, ...common }];
    })
    .sort((a, b) => rank(a) - rank(b) || (a.priority ?? 0) - (b.priority ?? 0) || (a.name < b.name ? -1 : 1));
}

function rank({ tier }: ListedPolicy): number {
  return tier === 'admin' ? 0 : tier === 'baseline' ? 1 : 2;
}
