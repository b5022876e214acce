import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { planLanes, toRepeat } from '../../engine-tests/lanes.ts';

describe('lanes of engine tests', () => {
  it('hold every file once, and are about as long as each other', () => {
    const files = ['a', 'b', 'c', 'd', 'e'];
    const lanes = planLanes(files, 2, { d: 5, a: 3, e: 2 });
    assert.deepEqual(lanes.flat().sort(), files);
    assert.deepEqual(lanes, [
      ['b', 'd'],
      ['a', 'c', 'e'],
    ]);
    assert.deepEqual(planLanes(['a'], 2, {}), [['a']]);
  });

  const failure = { file: 'a', title: 'a', why: '', ranOutOfTime: true };
  const lane = (...failures: (typeof failure)[]) => ({
    report: { passed: 1, files: {}, failures },
    exitCode: failures.length,
  });

  it('are repeated for waits that ran out, and for nothing else', () => {
    assert.deepEqual(toRepeat([lane(), lane()]), []);
    assert.deepEqual(toRepeat([lane(failure, failure), lane({ ...failure, file: 'b' })]), ['a', 'b']);
    assert.equal(toRepeat([lane(failure, { ...failure, ranOutOfTime: false })]), undefined);
    assert.equal(toRepeat([lane(failure), { report: undefined, exitCode: 1 }]), undefined);
    assert.equal(toRepeat([{ ...lane(), exitCode: 7 }]), undefined, 'it ended badly after its report');
    assert.equal(toRepeat([lane({ ...failure, file: '' })]), undefined, 'of no file');
    const many = ['a', 'b', 'c', 'd'].map((file) => ({ ...failure, file }));
    assert.equal(toRepeat([lane(...many)]), undefined, 'too many to be an accident');
  });

  describe('as they are run', function () {
    this.timeout(120_000);
    let folder: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'swarmwall-lanes-test-'));
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    const run = async (body: string) => {
      const file = join(folder, 'some.test.mts');
      const marker = join(folder, 'ran');
      rmSync(marker, { force: true });
      writeFileSync(
        file,
        `import assert from 'node:assert/strict';
         import { existsSync, writeFileSync } from 'node:fs';
         import { eventually } from '${join(process.cwd(), 'test/lab/eventually.ts')}';
         const ranBefore = existsSync('${marker}');
         writeFileSync('${marker}', '');
         describe('some', () => { ${body} });`,
      );
      const done = await execa('node', ['--import', 'tsx', 'test/engine-tests/main.ts', file], {
        reject: false,
        all: true,
      });
      return { exitCode: done.exitCode, all: done.all };
    };

    it('say what passed only when it was run again', async () => {
      const { exitCode, all } = await run(`it('waits', () => eventually(() => ranBefore, 50));`);
      assert.match(
        all,
        /Not within 50 ms: still false[^]*UNSTEADY, passed when run again: \S*some\.test\.mts/,
      );
      assert.equal(exitCode, 0);
    });

    it('fail where a wait runs out twice', async () => {
      const { exitCode, all } = await run(`it('waits', () => eventually(() => false, 50));`);
      assert.match(all, /Failed again/);
      assert.equal(exitCode, 1);
    });

    it('fail at once where something wrong was seen, in a hook too', async () => {
      for (const body of [
        `it('is seen', () => assert.ok(ranBefore));`,
        `before(() => assert.ok(ranBefore)); it('is never run', () => undefined);`,
      ]) {
        const { exitCode, all } = await run(body);
        assert.doesNotMatch(all, /once more/);
        assert.match(all, /1 failing/);
        assert.equal(exitCode, 1);
      }
    });

    it('fail where nothing ran', async () => {
      assert.equal((await run('')).exitCode, 1);
      for (const lanes of ['0', 'some']) {
        const argv = ['--import', 'tsx', 'test/engine-tests/main.ts', '--lanes', lanes, 'a.test.ts'];
        assert.equal((await execa('node', argv, { reject: false })).exitCode, 2);
      }
    });

    it('fail where a lane ends before its end', async () => {
      const { exitCode } = await run(`it('ends', () => process.exit(0));`);
      assert.equal(exitCode, 1);
    });
  });
});
