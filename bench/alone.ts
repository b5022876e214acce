import { benchAgents } from './agents/bench-agents.ts';
import { benchConvergence } from './convergence.ts';
import { benchFlows, FULL_FLOWS, QUICK_FLOWS } from './flows/bench-flows.ts';
import { benchObserve } from './flows/observe-latency.ts';
import { benchGuard, FULL_GUARD, QUICK_GUARD } from './guard.ts';

interface Outcome {
  readonly report: object;
  /** Whether it keeps its bars. */
  readonly held: boolean;
}
type Bench = (quick: boolean, progress: (what: string) => void) => Promise<Outcome>;

/** Those that take minutes each, by the word that asks for them. */
export const ALONE: ReadonlyMap<string, Bench> = new Map<string, Bench>([
  [
    'guard',
    async (quick, progress) => {
      const report = await benchGuard(progress, quick ? QUICK_GUARD : FULL_GUARD);
      return { report, held: report.coldThrough + report.warmThrough + report.refused === 0 };
    },
  ],
  [
    'convergence',
    async (quick, progress) => {
      const report = await benchConvergence(quick ? 20 : 200, progress);
      return { report, held: report.p99Ms <= 100 };
    },
  ],
  [
    'agents',
    async (quick, progress) => {
      const report = await benchAgents({ agents: quick ? 100 : 1_000, changes: quick ? 10 : 100 }, progress);
      return { report, held: report.acknowledgedP99Ms <= 1_000 && report.controllerPeakMiB <= 1_024 };
    },
  ],
  ['flows', (quick, progress) => benchFlows(quick ? QUICK_FLOWS : FULL_FLOWS, progress)],
  [
    'observe',
    async (quick, progress) => {
      const report = await benchObserve(quick ? 20 : 100, progress);
      return { report, held: report.missing === 0 && report.medianMs < 500 };
    },
  ],
]);
