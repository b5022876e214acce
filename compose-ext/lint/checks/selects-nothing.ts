import { matchesSelector } from '../../selector.ts';
import { namedStack } from '../named-stack.ts';
import type { LintRule } from '../lint-rule.ts';

/** In the file's own stack, reading finds it; this is for peers in another stack that is given by name. */
export const selectsNothing: LintRule = {
  id: 'selects-nothing',
  severity: 'warning',
  scope: 'stacks',
  summary: 'a policy or a peer selects no service',
  *check(file, context) {
    for (const { policy, rule } of context.rulesOf(file.stack))
      for (const peer of rule.peers) {
        if (peer.kind !== 'selector' || peer.stacks === undefined || peer.services === undefined) continue;
        const stack = context.stacks.get(namedStack(peer.stacks) ?? '');
        const { services } = peer;
        if (stack === undefined || stack.services.some(({ labels }) => matchesSelector(services, labels)))
          continue;
        const message = `no service of the stack "${stack.name}" has these labels`;
        yield { at: rule.origin, within: policy.origin, message, hint: 'Are the labels in deploy.labels?' };
      }
  },
};
