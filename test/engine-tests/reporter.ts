import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import { ranOutOfTime } from './failure.ts';
import type { LaneFailure, LaneReport } from './lane-report.ts';

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS } =
  Mocha.Runner.constants;

/** Mocha's spec, and a file that says what failed where and why, for the lanes' runner. */
export class LaneReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const failures: LaneFailure[] = [];
    const files: Record<string, number> = {};
    const began = new Map<Mocha.Suite, number>();
    let passed = 0;
    runner.on(EVENT_SUITE_BEGIN, (suite) => began.set(suite, Date.now()));
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root !== true) return;
      const file = fileOf(suite);
      files[file] = (files[file] ?? 0) + Date.now() - (began.get(suite) ?? Date.now());
    });
    runner.on(EVENT_TEST_PASS, () => (passed += 1));
    runner.on(EVENT_TEST_FAIL, (test, error: unknown) => {
      failures.push({
        file: fileOf(test),
        title: test.fullTitle(),
        why: error instanceof Error ? error.message : String(error),
        ranOutOfTime: ranOutOfTime(error),
      });
    });
    runner.on(EVENT_RUN_END, () => {
      const report: LaneReport = { passed, files, failures };
      writeFileSync((options?.reporterOptions as { path: string }).path, JSON.stringify(report));
    });
  }
}

function fileOf(runnable: Mocha.Suite | Mocha.Runnable): string {
  for (let at: Mocha.Suite | Mocha.Runnable | undefined = runnable; at; at = at.parent)
    if (at.file !== undefined) return relative(process.cwd(), at.file);
  return '';
}
