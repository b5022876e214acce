import type { StagedStatus } from '../../api/staged-types.ts';
import { LIMITS, TIMES } from '../../config.ts';
import { asFault, Fault } from '../../fault.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { stagedField, withoutStaged } from '../../../rules/staged/compare-verdicts.ts';
import { createOpenFlows, type OpenFlows } from '../../../rules/staged/open-flows.ts';
import { changedMeanwhile, type StagedBase } from '../../staged/staged-cluster.ts';
import { subjectName } from '../../staged/staged-change.ts';
import { NOTHING_STAGED, type StagedChanges, type StagedVersion } from '../../staged/staged-configs.ts';
import type { ClusterPicture } from '../cluster-view.ts';
import type { NodeLosses } from '../flow-losses.ts';
import { covers, createFlowMemory, type FlowMemoryOptions, type Look } from './flow-memory.ts';
import { createLossTime } from './loss-time.ts';
import { quietTime, reasonsToWait, type QuietQuestion } from './promotion.ts';
import { stagedJudges, type StagedJudges } from './staged-judges.ts';
import { stagedReport } from './staged-report.ts';

export interface StagedWatchOptions extends Omit<FlowMemoryOptions, 'onFlow'> {
  readonly clock: Clock;
  readonly log: Log;
  /** The cluster as it is now; undefined until it is known. */
  readonly base: () => (StagedBase & { readonly picture: ClusterPicture }) | undefined;
  readonly losses: () => ReadonlyMap<string, NodeLosses>;
  /** All managers watch, the leader alone promotes. */
  readonly leads: () => boolean;
  readonly promote: (version: StagedVersion, by: string) => Promise<void>;
}

export interface StagedWatch {
  /** The cluster, or what is staged, was read anew. */
  refreshed(staged: StagedChanges): void;
  /** The flow with what all that is staged would say of it, and nobody else's word on that. */
  mark(flow: FlowRecord): FlowRecord;
  take(flows: readonly FlowRecord[]): void;
  /** @throws Fault `docker-unavailable` until the cluster is known */
  status(): StagedStatus;
  stop(): void;
}

/** Judges every flow by what is staged, too, looks at those of the past, and promotes what was asked to be. */
export function watchStaged(options: StagedWatchOptions): StagedWatch {
  const { clock, log } = options;
  const losses = createLossTime(clock);
  const lastBreaks = new Map<string, number>();
  const opened = new Map<string, OpenFlows>();
  const failures = new Map<string, string>();
  let staged = NOTHING_STAGED;
  let judges: StagedJudges | undefined;
  let judgedBy = '';
  let retry: number = TIMES.stagedRetryFirst;
  let cancelRetry: () => void = () => undefined;
  let cancelTick: (() => void) | undefined;
  let nextTry = 0;
  let stopped = false;

  const memory = createFlowMemory({ ...options, onFlow: noteBreaks });

  function judgesNow(): StagedJudges | undefined {
    const base = options.base();
    if (base === undefined || staged.versions.length === 0) return undefined;
    return (judges ??= stagedJudges(base, staged.versions));
  }

  function noteBreaks(flow: FlowRecord): void {
    for (const { version, compare } of judgesNow()?.each ?? []) {
      const { id, change } = version;
      if (change.promoteAfter === undefined || compare(flow)?.effect !== 'breaks') continue;
      lastBreaks.set(id, Math.max(lastBreaks.get(id) ?? 0, flow.last));
      const open = opened.get(id) ?? createOpenFlows(LIMITS.stagedPassed);
      open.note(flow);
      opened.set(id, open);
    }
  }

  /** Flows of other stacks are none of its business. */
  function scope(): string | undefined {
    const [only, ...more] = staged.versions;
    return only?.change.kind === 'stack' && more.length === 0 ? only.change.stack : undefined;
  }

  function lookFor({ change }: StagedVersion): Look | undefined {
    return memory.last && covers(memory.last, change) ? memory.last : undefined;
  }

  async function look(): Promise<void> {
    cancelRetry();
    await memory.look(scope());
    if (stopped || staged.versions.length === 0 || memory.last?.gaps.length === 0) {
      retry = TIMES.stagedRetryFirst;
      return;
    }
    cancelRetry = clock.after(retry, () => void look());
    retry = Math.min(2 * retry, TIMES.stagedRetryMost);
  }

  function quietOf({ id, at, change }: StagedVersion): QuietQuestion | undefined {
    if (change.promoteAfter === undefined) return undefined;
    const [lastBreak, open, lastLoss] = [
      lastBreaks.get(id),
      opened.get(id)?.names(),
      losses.update(options.losses()),
    ];
    return {
      ...{ now: clock.now(), stagedAt: at, promoteAfter: change.promoteAfter },
      ...(lastBreak !== undefined && { lastBreak }),
      ...(open && { open }),
      ...(lastLoss !== undefined && { lastLoss }),
    };
  }

  function plan(): void {
    if (stopped || cancelTick !== undefined) return;
    if (!staged.versions.some(({ change }) => change.promoteAfter !== undefined)) return;
    cancelTick = clock.after(TIMES.stagedTick, () => {
      void tick().finally(() => {
        cancelTick = undefined;
        plan();
      });
    });
  }

  async function tick(): Promise<void> {
    const due = (version: StagedVersion): boolean => {
      const quiet = quietOf(version);
      return quiet !== undefined && quietTime(quiet).due <= quiet.now;
    };
    if (!options.leads() || clock.elapsed() < nextTry || !staged.versions.some(due)) return;
    nextTry = clock.elapsed() + TIMES.stagedRetryMost;
    // What came while a node was away is in its log, and what no log tells must not be guessed.
    await memory.look(scope());
    // The others were judged without it: what both together break is seen only once it is in force.
    for (const version of staged.versions) if (due(version) && (await promote(version))) return;
  }

  async function promote(version: StagedVersion): Promise<boolean> {
    const [base, quiet, last] = [options.base(), quietOf(version), lookFor(version)];
    if (stopped || base === undefined || quiet === undefined || last === undefined) return false;
    const { change, id } = version;
    if (reasonsToWait(quiet, last.gaps, changedMeanwhile(base, change)).length > 0) return false;
    const what = { staged: subjectName(change), by: change.by, config: version.config };
    try {
      await options.promote(version, `${change.by}, staged, promoted by itself`);
      log.info(what, 'promoted what was staged: nothing was seen in its time that it would break');
      return true;
    } catch (error) {
      const { message } = asFault(error);
      failures.set(id, `it could not be promoted: ${message}`);
      log.error({ ...what, err: error }, 'could not promote what is staged');
      return false;
    }
  }

  return {
    refreshed: (found) => {
      const base = options.base();
      if (found.versions.length === 0) {
        if (staged.versions.length > 0) memory.forget();
        staged = found;
        judges = undefined;
        return;
      }
      const by = base === undefined ? '' : policyText(base, found);
      if (by !== judgedBy) judges = undefined;
      judgedBy = by;
      const known = new Set(staged.versions.map(({ id }) => id));
      const added = found.versions.some(({ id }) => !known.has(id));
      staged = found;
      const ids = new Set(found.versions.map(({ id }) => id));
      for (const map of [lastBreaks, opened, failures])
        for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
      if (added) void look();
      plan();
    },
    mark: (told) => {
      const flow = withoutStaged(told);
      const verdict = judgesNow()?.together(flow);
      return verdict === undefined ? flow : { ...flow, staged: stagedField(verdict, flow.verdict) };
    },
    take: (flows) => {
      if (staged.versions.length > 0) memory.take(flows);
    },
    status: () => {
      const base = options.base();
      if (base === undefined) throw new Fault('docker-unavailable', 'the cluster is not known yet');
      return {
        staged: (judgesNow()?.each ?? []).map((judge) => {
          const [quiet, failure] = [quietOf(judge.version), failures.get(judge.version.id)];
          return stagedReport({
            ...{ judge, base, look: lookFor(judge.version) },
            ...(quiet && { quiet }),
            ...(failure !== undefined && { failure }),
          });
        }),
        problems: staged.problems.map(({ config, why }) => ({ config, message: why })),
      };
    },
    stop: () => {
      stopped = true;
      cancelRetry();
      cancelTick?.();
    },
  };
}

/** All that decides about flows: judges made of the same decide the same. */
function policyText(
  { picture: { view } }: { readonly picture: ClusterPicture },
  { versions }: StagedChanges,
): string {
  const { stacks, services, nodeAddresses, networks, clusterPolicies, groups, settings } = view;
  return JSON.stringify([
    versions.map(({ id }) => id),
    ...[[...stacks.values()], [...services.values()], [...networks.values()]],
    ...[nodeAddresses, clusterPolicies, groups, settings],
  ]);
}
