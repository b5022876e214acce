import { runScenarios } from '../run-scenarios.ts';

await runScenarios('encryption', 'test/vm/scenarios/encryption.test.ts', 10);
