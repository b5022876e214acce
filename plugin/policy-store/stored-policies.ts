import {
  checkBindings,
  DEFAULT_SETTINGS,
  type AuthzPolicy,
  type ClusterSettings,
  type PolicyDocument,
} from '../../compose-ext/index.ts';
import type { CidrGroup, ClusterPolicy } from '../../compose-ext/policy-model.ts';
import type { RawConfig } from '../docker/engine-data.ts';
import { isStagedConfig } from '../staged/staged-configs.ts';
import { confirmedVersion, unconfirmed } from './node-policies.ts';
import { readVersion, type ContentCache, type StoredVersion } from './stored-version.ts';

/** All versions of one name, the newest first. Never empty. */
export interface PolicyHistory {
  readonly name: string;
  readonly versions: readonly StoredVersion[];
  /** The newest that can be; a removal is one too. */
  readonly inForce?: StoredVersion;
}

export interface PolicyProblem {
  /** Name of the config, or of the policy in force. */
  readonly config: string;
  readonly code:
    | 'broken-policy'
    | 'unfinished-policy'
    | 'altered-labels'
    | 'strange-config'
    | 'unknown-group'
    | 'unknown-role'
    | 'unconfirmed-policy'
    | 'authz-too-large';
  readonly message: string;
}

export interface StoredPolicies {
  readonly histories: ReadonlyMap<string, PolicyHistory>;
  readonly problems: readonly PolicyProblem[];
}

/** What is in force of it, as the calculator takes it. By name. */
export interface PoliciesInForce {
  readonly policies: readonly ClusterPolicy[];
  readonly groups: readonly CidrGroup[];
  /** The defaults when none are stored. */
  readonly settings: ClusterSettings;
}

/**
 * Of each name the newest version that is whole counts: a broken one, or one whose batch was never finished, is
 * reported and leaves the one before it in force. Nothing that is wrong takes a policy away.
 */
export function readStoredPolicies(configs: readonly RawConfig[], cache?: ContentCache): StoredPolicies {
  const problems: PolicyProblem[] = [];
  const byName = new Map<string, StoredVersion[]>();
  // What is staged is in force nowhere.
  const written = configs.filter((config) => !isStagedConfig(config));
  for (const read of written.map((config) => readVersion(config, cache))) {
    if ('why' in read) problems.push({ config: read.config, code: 'strange-config', message: read.why });
    else byName.set(read.name, [...(byName.get(read.name) ?? []), read]);
  }
  for (const versions of byName.values()) versions.sort((a, b) => b.version - a.version);
  const known = new Map([...byName.values()].flat().map((each) => [each.config, each]));
  const histories = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, versions]): PolicyHistory => {
      const inForce = versions.find(
        (version) => version.content.kind !== 'broken' && isFinished(version, known, byName),
      );
      problems.push(...problemsOf(versions, inForce));
      return { name, versions, ...(inForce && { inForce }) };
    });
  const stored = { histories: new Map(histories.map((each) => [each.name, each])), problems };
  problems.push(...missingGroups(stored), ...missingRoles(stored), ...tried(stored));
  return { ...stored, problems: problems.sort((a, b) => (a.config < b.config ? -1 : 1)) };
}

/** Members of a batch may be gone since (old versions are), but then a newer one of that name is there. */
function isFinished(
  { batch }: StoredVersion,
  known: ReadonlyMap<string, StoredVersion>,
  byName: ReadonlyMap<string, readonly StoredVersion[]>,
): boolean {
  if (batch === undefined) return true;
  return batch.members.every((config) => {
    const member = known.get(config);
    if (member !== undefined) return member.batch?.id === batch.id;
    return [...byName.values()].some((versions) => outdates(versions, config));
  });
}

function outdates(versions: readonly StoredVersion[], config: string): boolean {
  const newest = versions[0];
  if (newest === undefined) return false;
  const stem = newest.config.replace(/\d+$/u, '');
  return config.startsWith(stem) && Number(config.slice(stem.length)) < newest.version;
}

function problemsOf(versions: readonly StoredVersion[], inForce: StoredVersion | undefined): PolicyProblem[] {
  const kept = inForce === undefined ? 'nothing is in force' : `version ${inForce.version} stays in force`;
  const newer = versions.filter(({ version }) => version > (inForce?.version ?? 0));
  return [
    ...newer.map(({ config, content }): PolicyProblem =>
      content.kind === 'broken'
        ? { config, code: 'broken-policy', message: `${content.why}; ${kept}` }
        : {
            config,
            code: 'unfinished-policy',
            message: `what was to be written with it is not there; ${kept}`,
          },
    ),
    ...(inForce?.altered
      ? [
          {
            config: inForce.config,
            code: 'altered-labels',
            message: 'somebody changed its labels; it is in force as its name and data say',
          } as const,
        ]
      : []),
  ];
}

function missingGroups(stored: StoredPolicies): PolicyProblem[] {
  const documents = documentsInForce(stored);
  const groups = new Set(documents.flatMap(({ kind, name }) => (kind === 'group' ? name : [])));
  return documents.flatMap((document) =>
    document.kind !== 'policy' && document.kind !== 'node'
      ? []
      : document.groups.flatMap(({ name, origin }): PolicyProblem[] =>
          groups.has(name)
            ? []
            : [
                {
                  config: origin.file,
                  code: 'unknown-group',
                  message: `there is no CIDR group "${name}": it means nobody`,
                },
              ],
        ),
  );
}

function missingRoles(stored: StoredPolicies): PolicyProblem[] {
  const documents = documentsInForce(stored);
  return checkBindings(documents, documents).map(({ file, message }) => ({
    config: file,
    code: 'unknown-role',
    message: `${message}: it grants nothing`,
  }));
}

function tried(stored: StoredPolicies): PolicyProblem[] {
  return unconfirmed(stored).map((history) => {
    const before = confirmedVersion(history);
    const back = before?.content.kind === 'document' ? `version ${before.version}` : 'doing without it';
    return {
      config: history.inForce?.config ?? history.name,
      code: 'unconfirmed-policy',
      message: `nobody confirmed it: nodes go back to ${back} by themselves (swarmwall policy confirm ${history.name})`,
    };
  });
}

export function documentsInForce({ histories }: StoredPolicies): readonly PolicyDocument[] {
  return [...histories.values()].flatMap(({ inForce }) =>
    inForce?.content.kind === 'document' ? [inForce.content.document] : [],
  );
}

export function policiesInForce(stored: StoredPolicies): PoliciesInForce {
  return policiesOf(documentsInForce(stored));
}

export function policiesOf(documents: readonly PolicyDocument[]): PoliciesInForce {
  return {
    policies: documents.flatMap((document) => (document.kind === 'policy' ? document.policy : [])),
    groups: documents.flatMap((document) => (document.kind === 'group' ? document.group : [])),
    settings: settingsOf(documents),
  };
}

/** Of them all, as no node needs to know where they are written. */
function settingsOf(documents: readonly PolicyDocument[]): ClusterSettings {
  const written = documents.find((document) => document.kind === 'settings')?.settings;
  if (written === undefined) return DEFAULT_SETTINGS;
  const { nodes, encryption, metadataAddresses, mode, modes } = written;
  return {
    ...{ nodes, encryption },
    ...(metadataAddresses && { metadataAddresses }),
    ...(mode && { mode }),
    ...(modes && { modes }),
  };
}

export function authzInForce(stored: StoredPolicies): AuthzPolicy {
  return authzOf(documentsInForce(stored));
}

export function authzOf(documents: readonly PolicyDocument[]): AuthzPolicy {
  return {
    roles: documents.flatMap((document) => (document.kind === 'role' ? document.role : [])),
    bindings: documents.flatMap((document) => (document.kind === 'binding' ? document.binding : [])),
    admission: documents.flatMap((document) => (document.kind === 'admission' ? document.admission : [])),
    audit: documents.flatMap((document) => (document.kind === 'audit' ? document.audit : [])),
  };
}
