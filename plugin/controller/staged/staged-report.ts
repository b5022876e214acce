import type { StagedReport } from '../../api/staged-types.ts';
import { judgeSeen } from '../../../rules/staged/judge-seen.ts';
import { changedMeanwhile, notDeployed, type StagedBase } from '../../staged/staged-cluster.ts';
import type { Look } from './flow-memory.ts';
import { quietTime, reasonsToWait, type QuietQuestion } from './promotion.ts';
import type { StagedJudge } from './staged-judges.ts';

/** Rows of each kind; more are counted. */
const MOST_ROWS = 200;

export interface ReportOptions {
  readonly judge: StagedJudge;
  readonly base: StagedBase;
  readonly look: Look | undefined;
  /** Of one that is to be promoted by itself. */
  readonly quiet?: QuietQuestion;
  /** Of the last try to promote it. */
  readonly failure?: string;
}

/** What a staged change would do, by all that was seen. */
export function stagedReport({ judge, base, look, quiet, failure }: ReportOptions): StagedReport {
  const { id, config, at, change } = judge.version;
  const effects = judgeSeen(look?.seen.all() ?? [], judge.compare, judge.explain);
  const changed = changedMeanwhile(base, change);
  return {
    ...{ id, config, at, by: change.by },
    ...(change.kind === 'stack'
      ? { kind: 'stack', stack: change.stack, file: change.file }
      : {
          kind: 'cluster',
          documents: change.documents.map(({ name }) => name),
          removed: change.removed,
        }),
    looked: look !== undefined,
    ...(look && { since: look.since }),
    gaps: look?.gaps ?? [],
    judged: effects.judged,
    unjudged: effects.unjudged,
    forgotten: look?.seen.forgotten ?? 0,
    breaks: effects.breaks.slice(0, MOST_ROWS),
    moreBreaks: Math.max(0, effects.breaks.length - MOST_ROWS),
    opens: effects.opens.slice(0, MOST_ROWS),
    moreOpens: Math.max(0, effects.opens.length - MOST_ROWS),
    changed,
    notDeployed: notDeployed(base, change),
    ...(quiet && {
      promotion: {
        after: quiet.promoteAfter,
        ...quietTime(quiet),
        waitsFor: [
          ...(look === undefined ? ['the flows of the past are being read'] : []),
          ...reasonsToWait(quiet, look?.gaps ?? [], changed),
          ...(failure === undefined ? [] : [failure]),
        ],
      },
    }),
  };
}
