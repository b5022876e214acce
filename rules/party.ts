import type { Direction, Labels, ServiceKey } from '../compose-ext/policy-model.ts';
import type { Address } from './address-block.ts';
import { type Audit, auditOf } from './audit.ts';
import { type ClusterScope, createScope, selectsService } from './cluster-scope.ts';
import type { ClusterService, ServiceStance, StackSettings } from './network-policy.ts';
import { type OverlaySide, overlaySideOf } from './overlay-side.ts';
import { createSide, type Side } from './side.ts';

/** A service with all that it takes to judge it, computed once for each version of it and of its stack. */
export interface Party {
  readonly key: ServiceKey;
  readonly service: ClusterService;
  readonly stackLabels: Labels;
  /** Its own, where ipBlocks may mean them. */
  readonly addresses: readonly Address[];
  /**
   * Its networks get a program: its stack is annotated, a cluster policy selects it, or it carries one of its own. Or an
   * administrator has it in audit, and wants to see what policies would be for: then nothing restricts it.
   */
  readonly guarded: boolean;
  readonly audit: Audit;
  /** Of its stack: no answers for DNS names that no rule of it lists. */
  readonly dns?: 'strict';
  readonly sides: Readonly<Record<Direction, Side>>;
  /** Between endpoints, in the words of a kernel's program. */
  readonly overlay: Readonly<Record<Direction, OverlaySide>>;
  readonly overlayStance: ServiceStance;
}

export interface PartySurroundings {
  readonly addresses?: readonly Address[];
  readonly scope?: ClusterScope;
}

/** `stack` is absent while its settings are not known: what its services' policies say is enforced all the same. */
export function createParty(
  service: ClusterService,
  stack: StackSettings | undefined,
  { addresses = [], scope = createScope() }: PartySurroundings = {},
): Party {
  const stackLabels = stackLabelsOf(service.stack, stack);
  const selected = [...scope.tiers.admin, ...scope.tiers.baseline].some(({ policy }) =>
    selectsService(policy, service.labels, stackLabels),
  );
  const annotated = (stack?.annotated ?? false) || service.policies.length > 0 || selected;
  const guarded = annotated || service.administered === 'audit';
  const ingress = createSide(service, stack, stackLabels, 'ingress', scope, annotated);
  const egress = createSide(service, stack, stackLabels, 'egress', scope, annotated);
  const audit = auditOf(service, stack);
  const overlay = { ingress: overlaySideOf(ingress, audit), egress: overlaySideOf(egress, audit) };
  return {
    ...{ key: service.key, service, stackLabels, addresses, audit, overlay, guarded },
    ...(stack?.dns && { dns: stack.dns }),
    sides: { ingress, egress },
    overlayStance: {
      ingress: overlay.ingress.stance,
      egress: overlay.egress.stance,
      ...(service.limit && { limit: audit === 'none' ? service.limit : { ...service.limit, mode: 'audit' } }),
    },
  };
}

/** What a stack is selected by: its name alone while its settings are not known. */
export function stackLabelsOf(name: string, stack: StackSettings | undefined): Labels {
  return stack?.labels ?? { name, 'kubernetes.io/metadata.name': name };
}
