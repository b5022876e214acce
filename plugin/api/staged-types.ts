import type { FlowTotal } from '../../rules/flows/summarise-flows.ts';

/** `GET /v1/staged` on controller.sock: what is staged, and what it would do to the flows that were seen. */
export interface StagedStatus {
  readonly staged: readonly StagedReport[];
  /** Configs that look staged and cannot be read. */
  readonly problems: readonly { readonly config: string; readonly message: string }[];
}

export type StagedReport = StagedEffectsReport &
  (
    | { readonly kind: 'stack'; readonly stack: string; readonly file: string }
    | {
        readonly kind: 'cluster';
        /** Names of the documents that would come into force, or change, and of those that would go. */
        readonly documents: readonly string[];
        readonly removed: readonly string[];
      }
  );

/** Times are milliseconds since 1970, but for `after`. */
export interface StagedEffectsReport {
  /** Docker's id of its config. */
  readonly id: string;
  readonly config: string;
  readonly at: number;
  readonly by: string;
  /** False: the nodes' logs are being read, and nothing is said yet. */
  readonly looked: boolean;
  /** From when on flows were looked at. */
  readonly since?: number;
  /** Nodes of whose flows before that time not all are known. */
  readonly gaps: readonly { readonly node: string; readonly before: number; readonly why: string }[];
  /** Different flows that were looked at, those that no policy has a word on, and those that made room for others. */
  readonly judged: number;
  readonly unjudged: number;
  readonly forgotten: number;
  /** What passes, and would be denied; the newest first. `verdict` is by the policy in force, `reason` by the staged one. */
  readonly breaks: readonly FlowTotal[];
  readonly moreBreaks: number;
  /** What is denied, and would pass. */
  readonly opens: readonly FlowTotal[];
  readonly moreOpens: number;
  /** What somebody changed since it was staged, and promotion would undo. */
  readonly changed: readonly string[];
  /** Services that do not run, and get their labels when they are deployed. */
  readonly notDeployed: readonly string[];
  /** Absent: somebody has to promote it. */
  readonly promotion?: {
    /** Milliseconds. */
    readonly after: number;
    /** Since then nothing was seen that it would break, or lost. */
    readonly since: number;
    readonly due: number;
    readonly waitsFor: readonly string[];
  };
}
