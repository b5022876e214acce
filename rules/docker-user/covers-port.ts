import type { Protocol } from '../../compose-ext/policy-model.ts';
import type { EdgeRule } from '../network-policy.ts';

/** Whether a rule is about this port, whatever addresses it is about. */
export function coversPort(rule: EdgeRule, protocol: Protocol, port: number): boolean {
  if (rule.protocol === 'any') return true;
  if (rule.protocol !== protocol) return false;
  return rule.port === undefined || (rule.port <= port && port <= (rule.endPort ?? rule.port));
}
