import {
  checkGroups,
  hasErrors,
  sortDiagnostics,
  writtenKind,
  type PolicyDocument,
} from '../../../compose-ext/index.ts';
import { documentsAfter, groupNames, lostReferences } from '../../policy-store/references-after.ts';
import type { StoredPolicies } from '../../policy-store/stored-policies.ts';
import type { StagedCluster } from '../../staged/staged-change.ts';
import { isJudged } from '../../staged/staged-text.ts';
import { wantedChanges } from '../../staged/promote.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { refuseLost, refuseTaken } from '../policy/change.ts';
import { historyOf } from '../policy/open-store.ts';
import { readSoundPolicies } from '../policy/read-policies.ts';
import { printWarnings } from '../print-diagnostics.ts';

type StagedDocuments = Pick<StagedCluster, 'documents' | 'removed' | 'base'>;

/** Refuses what `policy apply` and `policy rm` would refuse. @throws BadFiles, CliFailure */
export async function stagePolicies(
  io: CliIo,
  stored: StoredPolicies,
  files: readonly string[],
  removed: readonly string[],
  json: boolean,
): Promise<StagedDocuments> {
  const { documents, diagnostics, sources } =
    files.length === 0
      ? { documents: [], diagnostics: [], sources: new Map<string, string>() }
      : await readSoundPolicies(io, files);
  if (!json) printWarnings(io, diagnostics, sources);
  if (documents.length + removed.length === 0)
    throw new CliFailure('bad-usage', `${files.join(', ')}: no policies there`);
  refuseUnjudged(documents);
  for (const name of removed) refuseRemoval(stored, name, documents);
  const changes = wantedChanges({ kind: 'cluster', by: '', base: [], documents, removed });
  refuseTaken(stored, changes);
  const unknown = sortDiagnostics(checkGroups(documents, groupNames(documentsAfter(stored, changes))));
  if (hasErrors(unknown)) throw new BadFiles(unknown, sources, 'policies');
  refuseLost(lostReferences(stored, changes));
  const names = [...documents.map(({ name }) => name), ...removed];
  return {
    documents,
    removed,
    base: names.map((name) => [name, stored.histories.get(name)?.inForce?.version ?? 0]),
  };
}

function refuseUnjudged(documents: readonly PolicyDocument[]): void {
  const others = documents.filter((document) => !isJudged(document));
  if (others.length === 0) return;
  const said = others.map((document) => `"${document.name}" is a ${writtenKind(document)}`).join(', ');
  throw new CliFailure(
    'bad-usage',
    `${said}: no flow between services is judged by that, so staging says nothing`,
    {
      hint: 'ClusterPolicy, CIDRGroup and ClusterSettings can be staged. A NodePolicy is tried before it is kept.',
    },
  );
}

function refuseRemoval(stored: StoredPolicies, name: string, documents: readonly PolicyDocument[]): void {
  const content = historyOf(stored, name).inForce?.content;
  if (documents.some((document) => document.name === name))
    throw new CliFailure('bad-usage', `"${name}" is both in a file and to be removed`);
  if (content?.kind !== 'document') throw new CliFailure('unknown-name', `"${name}" is not in force`);
  refuseUnjudged([content.document]);
}
