import type { StagedStatus } from '../../api/staged-types.ts';
import { subjectName, type StagedSubject } from '../../staged/staged-change.ts';
import type { ExitCode } from '../failure.ts';
import { printJson, type Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';
import { awaitLooked } from './await-looked.ts';
import { printStaged } from './print-staged.ts';

export interface JustStaged {
  /** Docker's, of the config. */
  readonly id: string;
  readonly subject: StagedSubject;
  /** Milliseconds. */
  readonly within: number;
  readonly json: boolean;
}

/** What was just staged would do. 1: it would break something; 2: nobody says. */
export async function tellStaged(
  session: Session,
  { id, subject, within, json }: JustStaged,
): Promise<ExitCode> {
  const { io, world } = session;
  const status: StagedStatus | undefined = within > 0 ? await awaitLooked(session, within, id) : undefined;
  const report = status?.staged.find((each) => each.id === id);
  const looked = report?.looked === true;
  if (json) printJson(io, { id, ...(report && { report }) });
  else {
    const style = styleFor(io, io.stdout);
    io.stdout.write(
      `${style.green('✓')} staged: ${printable(subjectName(subject))}; nothing changes for the flows\n`,
    );
    if (report !== undefined) printStaged(io, [report], world.clock.now());
  }
  if (within === 0) return 0;
  if (!looked) {
    const why =
      status === undefined
        ? 'no controller runs on this node'
        : 'the controller has not looked at the flows yet';
    io.stderr.write(
      `${styleFor(io, io.stderr).yellow('warning:')} ${why}: swarmwall policy staged tells later\n`,
    );
    return 2;
  }
  return report.breaks.length > 0 ? 1 : 0;
}
