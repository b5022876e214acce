import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { planLanes, toRepeat, type EndedLane } from './lanes.ts';
import type { LaneFailure, LaneReport } from './lane-report.ts';
import { MINUTES } from './minutes.ts';

const USAGE = `Runs the tests on engines, in lanes side by side, each with a lab of its own.

  npm run test:e2e                                  all of them
  npm run test:e2e -- test/e2e/limits.test.ts       some

  --lanes N   3 unless told

A file in which only waits ran out is run once more, alone, and named at the end. Whatever was seen to be wrong fails at once.
`;
const LANE = ['--import', 'tsx', join(import.meta.dirname, 'lane.ts')];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Lane extends EndedLane {
  readonly output: string;
}

let lanesMade = 0;

/** `aloud`: prints as it goes; else all of it is in `output`. */
async function runLane(folder: string, files: readonly string[], aloud: boolean): Promise<Lane> {
  const path = join(folder, `${String((lanesMade += 1))}.json`);
  const done = await execa(process.execPath, [...LANE, path, ...files], {
    ...(aloud ? { stdio: 'inherit' as const } : { all: true, stdin: 'ignore' as const }),
    reject: false,
  });
  const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as LaneReport) : undefined;
  return { report, exitCode: done.exitCode ?? 1, output: typeof done.all === 'string' ? done.all : '' };
}

function describe(failures: readonly LaneFailure[]): string {
  return failures.map(({ title, why }) => `  ${title}\n    ${why.split('\n').join('\n    ')}`).join('\n');
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { lanes: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const count = Number(values.lanes);
  if (!Number.isInteger(count) || count < 1) {
    say(`--lanes takes a whole number from 1 on, not "${values.lanes}".`);
    return 2;
  }
  const files = positionals.length > 0 ? positionals : engineFiles();
  const folder = mkdtempSync(join(tmpdir(), 'swarmwall-lanes-'));
  try {
    const lanes = await Promise.all(
      planLanes(files, count, MINUTES).map((lane, at) => runLane(folder, lane, at === 0)),
    );
    for (const { output } of lanes) if (output !== '') process.stdout.write(`${output}\n`);
    const reports = lanes.flatMap(({ report }) => report ?? []);
    const passed = reports.reduce((sum, report) => sum + report.passed, 0);
    say(`${String(passed)} passing in ${String(lanes.length)} lane(s)`);
    for (const [file, ms] of reports.flatMap((report) => Object.entries(report.files)))
      if (ms > 30_000) say(`  ${(ms / 60_000).toFixed(1)} min  ${file}`);
    const failures = reports.flatMap((report) => report.failures);
    if (failures.length > 0) say(`${String(failures.length)} failing:\n${describe(failures)}`);
    const repeated = toRepeat(lanes);
    if (repeated === undefined) return 1;
    // Where nothing ran, nothing was shown.
    if (repeated.length === 0) return passed > 0 ? 0 : 1;
    say(`Waits ran out, and nothing else: once more, alone: ${repeated.join(' ')}`);
    const second = await runLane(folder, repeated, true);
    const fine = second.exitCode === 0 && second.report?.failures.length === 0 && second.report.passed > 0;
    say(fine ? `UNSTEADY, passed when run again: ${repeated.join(' ')}` : 'Failed again.');
    return fine ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function engineFiles(): readonly string[] {
  const root = join(import.meta.dirname, '../e2e');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => relative(process.cwd(), join(root, name)));
}

process.exitCode = await main();
