import type { Mode } from '../compose-ext/policy-model.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';

/**
 * What of a service's policies is not enforced, but counted. own: its own and the baseline. all: an administrator's Deny
 * too, as only an administrator can say.
 */
export type Audit = 'none' | 'own' | 'all';

/** The service's own word before its stack's; an administrator's before both. */
export function auditOf(service: ClusterService, stack: StackSettings | undefined): Audit {
  if (service.administered !== undefined) return service.administered === 'audit' ? 'all' : 'none';
  return (service.mode ?? stack?.mode) === 'audit' ? 'own' : 'none';
}

export function modeOf(audit: Audit): Mode {
  return audit === 'none' ? 'enforce' : 'audit';
}
