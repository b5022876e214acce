import type { Minutes } from './lanes.ts';

/** Of a run with two lanes on two cores, as it prints them. */
export const MINUTES: Minutes = {
  'test/e2e/admission.test.ts': 0.9,
  'test/e2e/agent.test.ts': 0.9,
  'test/e2e/attacks.test.ts': 2,
  'test/e2e/audit.test.ts': 0.8,
  'test/e2e/authz-failure.test.ts': 1.2,
  'test/e2e/authz-killed.test.ts': 2.1,
  'test/e2e/control.test.ts': 1.3,
  'test/e2e/demo.test.ts': 6.2,
  'test/e2e/enforcement.test.ts': 0.8,
  'test/e2e/guard-runtime.test.ts': 1,
  'test/e2e/host-firewall.test.ts': 1,
  'test/e2e/managers.test.ts': 2.2,
  'test/e2e/plugin.test.ts': 4.9,
  'test/e2e/policy-tiers.test.ts': 1.2,
  'test/e2e/suggest.test.ts': 0.9,
};
