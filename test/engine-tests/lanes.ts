import type { LaneReport } from './lane-report.ts';

/** Minutes on two cores, of the files that take long. */
export type Minutes = Readonly<Record<string, number>>;

const SHORT = 0.4;

/** Every file in one lane; the lanes take about as long as each other. */
export function planLanes(
  files: readonly string[],
  lanes: number,
  minutes: Minutes,
): readonly (readonly string[])[] {
  const long = (file: string): number => minutes[file] ?? SHORT;
  const planned = Array.from({ length: lanes }, () => ({ files: [] as string[], minutes: 0 }));
  for (const file of [...files].sort((a, b) => long(b) - long(a) || (a < b ? -1 : 1))) {
    const [least] = [...planned].sort((a, b) => a.minutes - b.minutes);
    if (least === undefined) break;
    least.files.push(file);
    least.minutes += long(file);
  }
  return planned.map((lane) => lane.files.sort()).filter((lane) => lane.length > 0);
}

export interface EndedLane {
  /** Undefined: it ended before it had run all of its files. */
  readonly report: LaneReport | undefined;
  readonly exitCode: number;
}

/** More files than these in which waits ran out are no accident. */
const MOST_REPEATED = 3;

/** The files to run once more, for nothing but waits that ran out; undefined: what happened is final. */
export function toRepeat(lanes: readonly EndedLane[]): readonly string[] | undefined {
  const failures = lanes.flatMap(({ report }) => report?.failures ?? []);
  const files = [...new Set(failures.map(({ file }) => file))];
  const told = lanes.every(
    ({ report, exitCode }) => report !== undefined && (exitCode === 0) === (report.failures.length === 0),
  );
  const waits = failures.every(({ ranOutOfTime, file }) => ranOutOfTime && file !== '');
  return told && waits && files.length <= MOST_REPEATED ? files : undefined;
}
