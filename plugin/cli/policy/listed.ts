import { writtenKind, type PolicyDocument } from '../../../compose-ext/index.ts';
import type { StoredPolicies } from '../../policy-store/stored-policies.ts';

/** What `policy list --json` prints of each. */
export interface ListedPolicy {
  readonly name: string;
  readonly kind: PolicyDocument['kind'];
  /** As it is written: `ClusterRoleBinding`. */
  readonly writtenKind: string;
  readonly tier?: 'admin' | 'baseline';
  readonly priority?: number;
  /** Of both directions. */
  readonly rules?: number;
  readonly blocks?: number;
  /** Of a Role or RoleBinding. */
  readonly stack?: string;
  /** Of a binding. */
  readonly subjects?: number;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by?: string;
}

/** In the order in which they are looked at, then the groups and the settings, then what is about the Docker API. */
export function listed({ histories }: StoredPolicies): readonly ListedPolicy[] {
  return [...histories.values()]
    .flatMap(({ name, inForce }): ListedPolicy[] => {
      if (inForce?.content.kind !== 'document') return [];
      const { version, at, by, content } = inForce;
      const { document } = content;
      const common = { version, at, ...(by !== undefined && { by }) };
      return [
        { name, kind: document.kind, writtenKind: writtenKind(document), ...about(document), ...common },
      ];
    })
    .sort((a, b) => rank(a) - rank(b) || (a.priority ?? 0) - (b.priority ?? 0) || (a.name < b.name ? -1 : 1));
}

type About = Omit<ListedPolicy, 'name' | 'kind' | 'writtenKind' | 'version' | 'at' | 'by'>;

function about(document: PolicyDocument): About {
  switch (document.kind) {
    case 'policy': {
      const { tier, priority, ingress, egress } = document.policy;
      return { tier, priority, rules: ingress.length + egress.length };
    }
    case 'group':
      return { blocks: document.group.blocks.length };
    case 'node':
      return { rules: document.node.ingress.length };
    case 'role':
      return { ...ofStack(document.role), rules: document.role.rules.length };
    case 'binding':
      return { ...ofStack(document.binding), subjects: document.binding.subjects.length };
    case 'audit':
      return { rules: document.audit.rules.length };
    case 'admission':
    case 'settings':
      return {};
  }
}

function ofStack({ stack }: { readonly stack?: string }): Pick<About, 'stack'> {
  return stack === undefined ? {} : { stack };
}

const ORDER: readonly ListedPolicy['kind'][] = [
  'policy',
  'node',
  'group',
  'settings',
  'role',
  'binding',
  'admission',
  'audit',
];

function rank({ kind, tier }: ListedPolicy): number {
  return tier === 'admin' ? -1 : ORDER.indexOf(kind);
}
