import type { ClusterRule, Peer, PolicyRule, ServiceModel } from '../../policy-model.ts';
import { matchesSelector } from '../../selector.ts';
import { type AdminRule, portsMayMeet } from '../cluster-rules.ts';
import { peerCovers, portsCover } from '../covers.ts';
import type { LintContext, PlacedRule } from '../lint-context.ts';
import type { Finding, LintRule } from '../lint-rule.ts';

export const shadowedByTier: LintRule = {
  id: 'shadowed-by-tier',
  severity: 'warning',
  scope: 'stack',
  summary: 'a rule allows what a cluster policy denies before it (with --policies)',
  *check({ stack }, context) {
    for (const placed of context.rulesOf(stack)) {
      const deny = shadowOf(placed, context);
      if (deny) yield finding(placed, deny);
    }
  },
};

/** The Deny that has the last word on every service that the rule is about. */
function shadowOf({ rule, direction, targets, policy }: PlacedRule, context: LintContext) {
  const denies = targets.map((target) =>
    firstDenial(context.adminRules(target, direction), rule, policy.stack, context),
  );
  return denies.every((deny) => deny !== undefined) ? denies[0] : undefined;
}

/** Undefined also where an earlier Allow or Pass could be about some of it. */
function firstDenial(
  admin: readonly AdminRule[],
  rule: PolicyRule,
  stack: string,
  context: LintContext,
): AdminRule | undefined {
  for (const each of admin) {
    if (each.rule.action !== 'deny') {
      if (portsMayMeet(each.rule.ports, rule.ports)) return undefined;
    } else if (covers(each.rule, rule, stack, context)) return each;
  }
  return undefined;
}

function covers(deny: ClusterRule, rule: PolicyRule, stack: string, context: LintContext): boolean {
  if (!portsCover(deny.ports, rule.ports)) return false;
  if (deny.peers.some(({ kind }) => kind === 'any')) return true;
  const meant = (peer: Peer) => deny.peers.some((wider) => means(wider, peer, stack, context));
  return rule.peers.length > 0 && rule.peers.every(meant);
}

function means(wider: Peer, peer: Peer, stack: string, context: LintContext): boolean {
  if (peer.kind !== 'service' || wider.kind !== 'selector')
    return peerCovers(wider, peer, stack, context.service);
  const service = context.service(peer.stack, peer.service);
  return service !== undefined && selects(wider, service, context);
}

function selects(
  { stacks, services }: Extract<Peer, { kind: 'selector' }>,
  service: ServiceModel,
  context: LintContext,
): boolean {
  return (
    (stacks === undefined || matchesSelector(stacks, context.stacks.get(service.stack)?.labels ?? {})) &&
    (services === undefined || matchesSelector(services, service.labels))
  );
}

function finding({ policy, direction, rule }: PlacedRule, deny: AdminRule): Finding {
  const { file, line, column } = deny.rule.origin;
  return {
    at: rule.origin,
    within: policy.origin,
    message: `this ${direction} rule of "${policy.name}" never allows anything: the cluster policy "${deny.policy.name}" denies all of it first (${file}:${line}:${column})`,
    hint: 'Remove it, or ask those who keep the cluster policy for an exception.',
  };
}
