import assert from 'node:assert/strict';
import { execa } from 'execa';
import { ScenarioRun } from './scenario-run.ts';

interface Listed {
  readonly tests: readonly { readonly title: string; readonly fullTitle: string }[];
}

/** The tests of one program, each reported as a test of its own; it has a fresh machine to itself. `besides`: programs that it starts. */
export async function runScenarios(
  what: string,
  program: string,
  minutes: number,
  besides: readonly string[] = [],
): Promise<void> {
  // What it would run, without running it: a scenario that ended with the machine is missed by name.
  const { stdout } = await execa('node', [
    ...['node_modules/mocha/bin/mocha.js', '--dry-run', '--reporter', 'json', program],
  ]);
  const { tests } = JSON.parse(stdout) as Listed;

  describe(`${what}, on a full kernel in a virtual machine`, function () {
    this.timeout((minutes + 1) * 60_000);
    let run: ScenarioRun;

    before(() => {
      run = new ScenarioRun(program, besides, minutes * 60_000);
    });

    for (const { title, fullTitle } of tests) it(title, () => run.result(fullTitle));

    it('ends of itself, with nothing failed', async () => {
      assert.equal(await run.ended, 0);
    });
  });
}
