export interface LaneFailure {
  /** Path of the test's file, below the project's root. */
  readonly file: string;
  readonly title: string;
  readonly why: string;
  readonly ranOutOfTime: boolean;
}

/** What a lane's mocha writes when it has run all of its files. */
export interface LaneReport {
  readonly passed: number;
  /** File → milliseconds in its tests and hooks. */
  readonly files: Readonly<Record<string, number>>;
  readonly failures: readonly LaneFailure[];
}
