import type { LintRule } from '../lint-rule.ts';
import { looksLikeSecret } from '../looks-like-secret.ts';

export const plainSecret: LintRule = {
  id: 'plain-secret',
  severity: 'warning',
  scope: 'service',
  summary: 'a password, a token or a key stands in environment',
  *check({ services }) {
    for (const { name: service, runtime } of services)
      for (const [variable, { value, literal, origin }] of runtime.environment) {
        if (!literal || !looksLikeSecret(variable, value)) continue;
        yield {
          at: origin,
          message: `${variable} of "${service}" is a secret in plain text: whoever sees the file or the service has it`,
          hint: `Give it as a secret: ${variable}_FILE: /run/secrets/… where the image takes it, or a variable.`,
        };
      }
  },
};
