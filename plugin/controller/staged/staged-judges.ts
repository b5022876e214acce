import { createFlowExplainer, type ExplainFlow } from '../../../rules/flows/explain-flow.ts';
import { compareVerdicts, type CompareVerdicts } from '../../../rules/staged/compare-verdicts.ts';
import { stagedCluster, type StagedBase } from '../../staged/staged-cluster.ts';
import type { StagedVersion } from '../../staged/staged-configs.ts';
import type { ClusterPicture } from '../cluster-view.ts';
import { evaluatorInput } from '../evaluator-input.ts';

export interface StagedJudge {
  readonly version: StagedVersion;
  readonly compare: CompareVerdicts;
  /** By the cluster with that change promoted. */
  readonly explain: ExplainFlow;
}

export interface StagedJudges {
  /** One of each change by itself. */
  readonly each: readonly StagedJudge[];
  /** With all of them promoted: what a flow's record says. */
  readonly together: CompareVerdicts;
}

/** Made when they are first asked for: most pictures of a cluster are gone before a flow comes. */
export function stagedJudges(
  base: Omit<StagedBase, 'picture'> & { readonly picture: ClusterPicture },
  versions: readonly StagedVersion[],
): StagedJudges {
  const enforced = evaluatorInput(base.picture.view);
  const each = versions.map((version): StagedJudge => {
    const staged = stagedCluster(base, [version.change]);
    return {
      version,
      compare: compareVerdicts(enforced, staged),
      explain: createFlowExplainer(staged),
    };
  });
  const [only] = each;
  if (only !== undefined && each.length === 1) return { each, together: only.compare };
  const all = stagedCluster(
    base,
    versions.map(({ change }) => change),
  );
  return { each, together: compareVerdicts(enforced, all) };
}
