import type { PolicyDocument } from '../../compose-ext/index.ts';
import { withAdministeredMode } from '../../rules/administered-mode.ts';
import type { EvaluatorInput } from '../../rules/evaluator.ts';
import { evaluatorInput } from '../controller/evaluator-input.ts';
import type { ClusterPicture } from '../controller/cluster-view.ts';
import { joinServices } from '../controller/join-services.ts';
import type { ServiceRecord } from '../docker/service-mapper.ts';
import { documentsInForce, policiesOf, type StoredPolicies } from '../policy-store/stored-policies.ts';
import type { StagedChange, StagedStack } from './staged-change.ts';

/** What a staged change starts from. */
export interface StagedBase {
  readonly picture: Pick<ClusterPicture, 'records' | 'view'>;
  readonly stored: StoredPolicies;
}

/** The cluster as it would be judged with these changes promoted; networks and what runs stay as they are. */
export function stagedCluster(
  { picture, stored }: StagedBase,
  changes: readonly StagedChange[],
): EvaluatorInput {
  const stacks = changes.flatMap((change) => (change.kind === 'stack' ? [change] : []));
  const joined = joinServices(picture.records.map((record) => withStaged(record, stacks)));
  const { policies, groups, settings } = policiesOf(documentsWith(documentsInForce(stored), changes));
  return evaluatorInput({
    ...picture.view,
    stacks: joined.stacks,
    services: new Map(
      [...joined.services].map(([key, service]) => [key, withAdministeredMode(service, settings)] as const),
    ),
    clusterPolicies: policies,
    groups,
    settings,
  });
}

const isOurs = (label: string): boolean => label.startsWith('swarmwall.');

/** A service's labels once the change is promoted: others than swarmwall's stay. */
export function labelsWith(
  before: Readonly<Record<string, string>>,
  staged: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const others = Object.entries(before).filter(([label]) => !isOurs(label));
  return Object.fromEntries([...others, ...Object.entries(staged)]);
}

export function ownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([label]) => isOurs(label))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function withStaged(record: ServiceRecord, stacks: readonly StagedStack[]): ServiceRecord {
  const staged = stacks
    .find(({ stack }) => stack === record.stack)
    ?.services.find(({ name }) => name === record.name);
  return staged === undefined ? record : { ...record, labels: labelsWith(record.labels, staged.labels) };
}

function documentsWith(
  inForce: readonly PolicyDocument[],
  changes: readonly StagedChange[],
): readonly PolicyDocument[] {
  const after = new Map(inForce.map((document) => [document.name, document]));
  for (const change of changes) {
    if (change.kind !== 'cluster') continue;
    for (const name of change.removed) after.delete(name);
    for (const document of change.documents) after.set(document.name, document);
  }
  return [...after.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is not any more as it was when the change was staged: promoting it would undo what somebody did meanwhile. */
export function changedMeanwhile({ picture, stored }: StagedBase, change: StagedChange): readonly string[] {
  if (change.kind === 'cluster')
    return change.base.flatMap(([name, version]) => {
      const now = stored.histories.get(name)?.inForce?.version ?? 0;
      return now === version ? [] : `${name} is at version ${String(now)}, and was at ${String(version)}`;
    });
  const live = recordsOf(picture.records, change);
  return change.services.flatMap(({ name, labels, was }) => {
    const found = live.get(name);
    const own = found && textOf(ownLabels(found.labels));
    if (own === undefined ? was === undefined : own === textOf(was) || own === textOf(labels)) return [];
    if (found === undefined) return `${change.stack}/${name} is gone`;
    return `${change.stack}/${name} ${was === undefined ? 'was deployed' : 'got other labels'}`;
  });
}

/** Services of the staged file that do not run: their labels come with their deployment. */
export function notDeployed(
  { picture }: Pick<StagedBase, 'picture'>,
  change: StagedChange,
): readonly string[] {
  if (change.kind === 'cluster') return [];
  const live = recordsOf(picture.records, change);
  return change.services.flatMap(({ name }) => (live.has(name) ? [] : `${change.stack}/${name}`));
}

function recordsOf(
  records: readonly ServiceRecord[],
  { stack }: StagedStack,
): ReadonlyMap<string, ServiceRecord> {
  return new Map(records.flatMap((each) => (each.stack === stack ? [[each.name, each] as const] : [])));
}

function textOf(labels: Readonly<Record<string, string>> | undefined): string | undefined {
  return labels && JSON.stringify(Object.entries(ownLabels(labels)));
}
