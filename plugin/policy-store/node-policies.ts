import type { NodeDocuments } from '../../rules/host-firewall/resolve.ts';
import type { PolicyDocument } from '../../compose-ext/index.ts';
import type { PolicyHistory, StoredPolicies } from './stored-policies.ts';
import type { StoredVersion } from './stored-version.ts';

/** What nodes' own ports are guarded by: as it is stored now, and as it was confirmed last. */
export interface NodePolicies {
  readonly stored: NodeDocuments;
  readonly confirmed: NodeDocuments;
  /** In force, by name, removals included. */
  readonly versions: ReadonlyMap<string, number>;
}

export function nodePolicies({ histories }: StoredPolicies): NodePolicies {
  const all = [...histories.values()];
  return {
    stored: nodeDocuments(all.map(({ inForce }) => inForce)),
    confirmed: nodeDocuments(all.map(confirmedVersion)),
    versions: new Map(all.map(({ name, inForce }) => [name, inForce?.version ?? 0])),
  };
}

/** The newest that somebody confirmed. */
export function confirmedVersion({ versions, inForce }: PolicyHistory): StoredVersion | undefined {
  return versions.find(
    ({ confirmed, version, content }) =>
      confirmed && version <= (inForce?.version ?? 0) && content.kind !== 'broken',
  );
}

/** Of what nodes only try so far. Groups of which node policies speak are among them. */
export function unconfirmed({ histories }: StoredPolicies): readonly PolicyHistory[] {
  const all = [...histories.values()];
  const groups = new Set(
    all.flatMap((history) =>
      documentsOf(history).flatMap((document) =>
        document.kind === 'node' ? document.groups.map(({ name }) => name) : [],
      ),
    ),
  );
  return all.filter((history) => isTried(history) || (groups.has(history.name) && differs(history)));
}

/** It is a node policy, or was one when it was confirmed, and nobody confirmed what is in force. */
export function isTried(history: PolicyHistory): boolean {
  return documentsOf(history).some(({ kind }) => kind === 'node') && differs(history);
}

function differs(history: PolicyHistory): boolean {
  const confirmed = confirmedVersion(history);
  return history.inForce !== confirmed && textOf(history.inForce) !== textOf(confirmed);
}

function documentsOf(history: PolicyHistory): readonly PolicyDocument[] {
  return [history.inForce, confirmedVersion(history)].flatMap((version) => documentOf(version) ?? []);
}

function documentOf(version: StoredVersion | undefined): PolicyDocument | undefined {
  return version?.content.kind === 'document' ? version.content.document : undefined;
}

function textOf(version: StoredVersion | undefined): string | undefined {
  return documentOf(version)?.text;
}

function nodeDocuments(versions: readonly (StoredVersion | undefined)[]): NodeDocuments {
  const documents = versions.flatMap((version) => documentOf(version) ?? []);
  return {
    policies: documents.flatMap((document) => (document.kind === 'node' ? document.node : [])),
    groups: documents.flatMap((document) => (document.kind === 'group' ? document.group : [])),
  };
}
