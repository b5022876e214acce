import { runScenarios } from './run-scenarios.ts';

await runScenarios('Swarm as its users have it', 'test/vm/scenarios/full-kernel.test.ts', 40);
