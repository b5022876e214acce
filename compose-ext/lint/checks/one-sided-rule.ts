import type { Direction, Peer, ServiceModel } from '../../policy-model.ts';
import { serviceKey } from '../../reach.ts';
import { matchesSelector } from '../../selector.ts';
import { namedStack } from '../named-stack.ts';
import type { LintContext, PlacedRule } from '../lint-context.ts';
import type { Finding, LintRule } from '../lint-rule.ts';
import { describePeer } from '../describe-peer.ts';

export const oneSidedRule: LintRule = {
  id: 'one-sided-rule',
  severity: 'warning',
  scope: 'stacks',
  summary: 'a rule allows what the policies of the other side deny',
  *check(file, context) {
    for (const placed of context.rulesOf(file.stack))
      for (const peer of placed.rule.peers) {
        const others = servicesOf(peer, file.stack, context);
        if (isDead(placed, others, context)) yield finding(placed, peer, file.stack);
      }
  },
};

/** None: it is not known whom the peer means, or it means no service. */
function servicesOf(peer: Peer, ownStack: string, context: LintContext): readonly ServiceModel[] {
  if (peer.kind === 'service') {
    const service = context.service(peer.stack, peer.service);
    return service ? [service] : [];
  }
  if (peer.kind !== 'selector') return [];
  const stack = context.stacks.get(peer.stacks === undefined ? ownStack : (namedStack(peer.stacks) ?? ''));
  const { services } = peer;
  return (stack?.services ?? []).filter(
    ({ labels }) => services === undefined || matchesSelector(services, labels),
  );
}

function isDead(
  { direction, rule, targets }: PlacedRule,
  others: readonly ServiceModel[],
  context: LintContext,
): boolean {
  let pairs = 0;
  for (const target of targets)
    for (const other of others) {
      if (other === target) continue;
      pairs++;
      if (mayBeOpened(other, direction, context)) return false;
      const [own, theirs] = [target, other].map(({ stack, name }) => serviceKey(stack, name));
      if (context.reach.answers(rule, direction, own ?? '', theirs ?? '')) return false;
    }
  return pairs > 0;
}

/** By an administrator, whatever the other side's own policies say. */
function mayBeOpened(other: ServiceModel, direction: Direction, context: LintContext): boolean {
  const theirs = direction === 'ingress' ? 'egress' : 'ingress';
  return context.adminRules(other, theirs).some(({ rule: { action } }) => action === 'allow');
}

function finding({ policy, direction, rule }: PlacedRule, peer: Peer, ownStack: string): Finding {
  const [back, allow] =
    direction === 'ingress' ? ['egress', 'does not allow it out'] : ['ingress', 'does not let it in'];
  const who = describePeer(peer, ownStack);
  return {
    at: rule.origin,
    within: policy.origin,
    message: `"${policy.name}" allows ${who}, but the ${back} of ${who} ${allow}: nothing passes`,
    hint: `Both sides must allow a connection: add it to the ${back} of ${who}, or remove it here.`,
  };
}
