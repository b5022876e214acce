import { selects } from '../../reach.ts';
import type { LintRule } from '../lint-rule.ts';

export const unguardedPort: LintRule = {
  id: 'unguarded-port',
  severity: 'warning',
  scope: 'stack',
  summary: 'a service publishes ports, and no ingress policy says who may connect',
  *check(file, context) {
    const stack = context.stacks.get(file.stack);
    if (stack === undefined) return;
    for (const { name, publishes, origin } of file.services) {
      const model = context.service(file.stack, name);
      if (!publishes || model === undefined) continue;
      const guarded = stack.policies.some(
        (policy) => policy.directions.includes('ingress') && selects(policy, model),
      );
      if (guarded) continue;
      const outcome = stack.defaults.ingress === 'deny' ? 'nobody gets in' : 'everybody gets in';
      const port = model.ports.find(({ published, mode }) => published !== undefined || mode !== undefined);
      yield {
        at: origin,
        message: `"${name}" publishes ports, and no ingress policy says who may connect: ${outcome}`,
        hint: `For example: swarmwall.ingress: "world:${port?.target ?? 80}".`,
      };
    }
  },
};
