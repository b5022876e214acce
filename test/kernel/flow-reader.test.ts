import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startFlowReader, type FlowReader } from '../../plugin/agent/flows/flow-reader.ts';
import { DEFAULT_CONFIG } from '../../plugin/config.ts';
import { silentLog } from '../../plugin/log.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import { converseWithProcess } from '../../plugin/process/converse.ts';
import { eventually } from '../lab/eventually.ts';

const REAL = join(dirname(dirname(import.meta.dirname)), 'dist', 'swarmwall-flow-reader');

describe('the flow reader, and programs in its place', () => {
  let folder: string;
  let file: string;
  let answers: number;
  let reader: FlowReader | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flow-reader-'));
    file = join(folder, 'swarmwall-flow-reader');
    answers = 0;
  });
  afterEach(() => {
    reader?.stop();
    rmSync(folder, { recursive: true });
  });

  function install(text: string): void {
    const next = `${file}.next`;
    writeFileSync(next, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    renameSync(next, file);
  }

  function start(): FlowReader {
    const started = startFlowReader({
      ...{ file, version: DEFAULT_CONFIG.version, converse: converseWithProcess, clock: systemClock },
      log: silentLog(),
      onLine: ({ kind }) => {
        if (kind === 'synced') answers += 1;
      },
      onProblem: () => undefined,
    });
    reader = started;
    // There is none: that it can't be opened is all that is asked.
    started.watch(join(folder, 'no-namespace'));
    return started;
  }

  async function answered(): Promise<void> {
    const before = answers;
    await eventually(() => {
      reader?.sync();
      return answers > before;
    }, 30_000);
  }

  it('of this build is understood', async () => {
    install(`exec ${REAL}`);
    const started = start();
    await answered();
    assert.equal(started.problem, undefined);
  });

  for (const [what, change, why] of [
    [
      'of before it said so',
      '1d',
      /^it does not say which protocol it speaks, as old ones do not; this agent/u,
    ],
    [
      'of another protocol',
      '1s/^hello .*/hello 99 9.9.9/',
      /^it speaks protocol 99 \(version 9\.9\.9\); this/u,
    ],
  ] as const)
    it(`${what} is not believed, until the right one is there`, async () => {
      install(`${REAL} | sed -u '${change}'`);
      const started = start();
      await eventually(() => {
        assert.match(String(started.problem), why);
      }, 30_000);
      assert.equal(answers, 0);
      install(`exec ${REAL}`);
      await answered();
      assert.equal(started.problem, undefined);
    });

  it('that is not there is told, too', async () => {
    const started = start();
    await eventually(() => {
      assert.match(String(started.problem), /^it ended before it said which protocol it speaks/u);
    }, 30_000);
  });
});
