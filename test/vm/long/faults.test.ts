import { runScenarios } from '../run-scenarios.ts';

await runScenarios('faults of the kernel', 'test/vm/scenarios/faults.test.ts', 14);
