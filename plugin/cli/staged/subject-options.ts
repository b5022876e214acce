import type { Command } from 'commander';
import type { StagedReport } from '../../api/staged-types.ts';
import { sameSubject, subjectName, type StagedSubject } from '../../staged/staged-change.ts';
import { CliFailure } from '../failure.ts';

export interface SubjectOptions {
  readonly stack?: string;
  readonly cluster?: true;
}

export function withSubject(command: Command): Command {
  return command
    .option('--stack <name>', 'what is staged of this stack')
    .option('--cluster', 'what is staged of the cluster policies');
}

/** Undefined: neither was named. @throws CliFailure */
export function namedSubject({ stack, cluster }: SubjectOptions): StagedSubject | undefined {
  if (stack !== undefined && cluster)
    throw new CliFailure('bad-usage', '--stack and --cluster cannot stand together');
  if (stack !== undefined) return { kind: 'stack', stack };
  return cluster ? { kind: 'cluster' } : undefined;
}

export function subjectOf(report: StagedReport): StagedSubject {
  return report.kind === 'stack' ? { kind: 'stack', stack: report.stack } : { kind: 'cluster' };
}

/** As it is said on the command line. */
export function subjectOption(subject: StagedSubject): string {
  return subject.kind === 'stack' ? `--stack ${subject.stack}` : '--cluster';
}

/** The one that is meant: that which was named, else the only one. @throws CliFailure `unknown-name` */
export function pickSubject<T>(
  all: readonly T[],
  subjectOfEach: (each: T) => StagedSubject,
  named: StagedSubject | undefined,
): T {
  const found = named === undefined ? all : all.filter((each) => sameSubject(subjectOfEach(each), named));
  const [only, ...more] = found;
  if (only === undefined)
    throw new CliFailure(
      'unknown-name',
      named ? `nothing is staged of ${subjectName(named)}` : 'nothing is staged',
      {
        hint: 'swarmwall policy staged lists what is.',
      },
    );
  if (more.length > 0)
    throw new CliFailure('bad-usage', 'more than one change is staged', {
      hint: `Say which: ${found.map((each) => subjectOption(subjectOfEach(each))).join(', ')}.`,
    });
  return only;
}
