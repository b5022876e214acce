import { runScenarios } from '../run-scenarios.ts';

await runScenarios('attacks', 'test/vm/scenarios/attacks.test.ts', 40, ['test/e2e/outside-dns.ts']);
