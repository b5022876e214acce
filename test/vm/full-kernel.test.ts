import assert from 'node:assert/strict';
import { execa } from 'execa';
import { ScenarioRun } from './scenario-run.ts';

const PROGRAM = 'test/vm/scenarios/full-kernel.test.ts';
const MINUTES = 14;

interface Listed {
  readonly tests: readonly { readonly title: string; readonly fullTitle: string }[];
}

/** What the program would run, without running it: a scenario that ended with the machine is missed by name. */
const { stdout } = await execa('node', [
  ...['node_modules/mocha/bin/mocha.js', '--dry-run', '--reporter', 'json', PROGRAM],
]);
const { tests } = JSON.parse(stdout) as Listed;

describe('on a full kernel, in a virtual machine', function () {
  this.timeout((MINUTES + 1) * 60_000);
  let run: ScenarioRun;

  before(() => {
    run = new ScenarioRun(PROGRAM, MINUTES * 60_000);
  });

  for (const { title, fullTitle } of tests) it(title, () => run.result(fullTitle));

  it('ends of itself, with nothing failed', async () => {
    assert.equal(await run.ended, 0);
  });
});
