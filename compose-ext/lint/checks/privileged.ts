import type { LintRule } from '../lint-rule.ts';

/** With these a container can leave its namespaces, or change its own interfaces and rules. */
const CAPABILITIES = new Set(['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE']);

export const privileged: LintRule = {
  id: 'privileged',
  severity: 'warning',
  scope: 'service',
  summary: 'a service is privileged: it can undo every policy of its node',
  *check({ services }) {
    for (const { name, runtime } of services) {
      const option = runtime.options.privileged;
      if (option?.value === 'true')
        yield {
          at: option.origin,
          message: `"${name}" is privileged, so it can undo every policy of its node`,
          hint: 'Grant the one capability or device that it needs: cap_add, devices.',
        };
      for (const { value, origin } of runtime.capabilities) {
        const capability = value.toUpperCase().replace(/^CAP_/, '');
        if (!CAPABILITIES.has(capability)) continue;
        yield {
          at: origin,
          message: `"${name}" has the capability ${capability}, which is as good as privileged`,
          hint: 'Grant a narrower one.',
        };
      }
    }
  },
};
