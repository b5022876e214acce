import type { PeerReference } from '../load/compose-file.ts';
import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';

/** What the readers of x-swarmwall share. */
export interface ReadContext {
  readonly stack: string;
  readonly source: SourceText;
  readonly report: Report;
  /** Grows as peers are read. */
  readonly references: PeerReference[];
}
