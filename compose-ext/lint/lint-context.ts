import type { ComposeFile } from '../load/compose-file.ts';
import type {
  Direction,
  Peer,
  Policy,
  PolicyModel,
  PolicyRule,
  ServiceModel,
  StackModel,
} from '../policy-model.ts';
import { type AdminRules, createAdminRules } from './cluster-rules.ts';
import { createReach, selects, serviceKey, type Reach } from '../reach.ts';

/** What rules share: computed once for all files. */
export interface LintContext {
  readonly stacks: ReadonlyMap<string, StackModel>;
  readonly reach: Reach;
  /** Texts by the name that positions carry. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of a stack's policies, with the services that each is about. */
  rulesOf(stack: string): readonly PlacedRule[];
  service(stack: string, name: string): ServiceModel | undefined;
  readonly adminRules: AdminRules;
  /** Whether policies of the file could be about stacks that are not here. */
  namesUnknownStacks(file: ComposeFile): boolean;
}

export interface PlacedRule {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly rule: PolicyRule;
  readonly targets: readonly ServiceModel[];
}

export function createLintContext(model: PolicyModel, sources: ReadonlyMap<string, string>): LintContext {
  const stacks = new Map(model.stacks.map((stack) => [stack.name, stack]));
  const services = new Map(
    model.stacks.flatMap((stack) =>
      stack.services.map((service) => [serviceKey(stack.name, service.name), service] as const),
    ),
  );
  const placed = new Map<string, readonly PlacedRule[]>();
  const rulesOf = (name: string): readonly PlacedRule[] => {
    const stack = stacks.get(name);
    const known = placed.get(name) ?? (stack ? placeRules(stack) : []);
    placed.set(name, known);
    return known;
  };
  const unknown = (peer: Peer) =>
    (peer.kind === 'service' && !stacks.has(peer.stack)) ||
    (peer.kind === 'selector' && peer.stacks !== undefined);
  return {
    stacks,
    sources,
    reach: createReach(model),
    adminRules: createAdminRules(model, stacks),
    rulesOf,
    service: (stack, name) => services.get(serviceKey(stack, name)),
    namesUnknownStacks: ({ stack }) => rulesOf(stack).some(({ rule }) => rule.peers.some(unknown)),
  };
}

function placeRules(stack: StackModel): PlacedRule[] {
  return stack.policies.flatMap((policy) => {
    const targets = stack.services.filter((service) => selects(policy, service));
    return (['ingress', 'egress'] as const).flatMap((direction) =>
      policy[direction].map((rule) => ({ policy, direction, rule, targets })),
    );
  });
}
