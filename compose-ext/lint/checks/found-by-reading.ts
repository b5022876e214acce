import type { LintRule } from '../lint-rule.ts';

/** Warnings that reading a file gives, and that can be silenced as the rules' own. */
export const FOUND_BY_READING: readonly LintRule[] = [
  {
    id: 'unknown-named-port',
    severity: 'warning',
    scope: 'stack',
    summary: 'a rule names a port that no selected service has',
  },
  {
    id: 'ignored-rules',
    severity: 'warning',
    scope: 'stack',
    summary: 'a policy has rules for a direction that its policyTypes leaves out',
  },
  {
    id: 'label-outside-deploy',
    severity: 'warning',
    scope: 'stack',
    summary: 'a label of a stack file is not in deploy.labels, where Swarm managers read',
  },
  {
    id: 'reserved-service-name',
    severity: 'warning',
    scope: 'stack',
    summary: 'the name of a service is a word of the language',
  },
];
