import { stringify } from 'yaml';
import { AUTHZ_KINDS, isAuthzKind, namedObject, readAuthzObject } from '../authz/authz-document.ts';
import type { Diagnostic, Position } from '../diagnostic.ts';
import type { ManifestObject, ManifestText, ObjectContext } from '../kubernetes/manifest.ts';
import { readDocuments, type ReadDocument } from '../kubernetes/read-documents.ts';
import { readObjects } from '../kubernetes/read-objects.ts';
import { readNodePolicy } from '../node-policy/read-node-policy.ts';
import { suggest } from '../nearest.ts';
import { createReport, sortDiagnostics, type Report } from '../report.ts';
import { sourceText } from '../syntax/source-text.ts';
import { get, isMapTree, textOf, toPlain } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { PolicyDocument, PolicyObject } from './policy-document.ts';
import { readClusterSettings } from './cluster-settings.ts';
import { readCidrGroup } from './read-cidr-group.ts';
import { readClusterNetworkPolicy } from './read-cluster-network-policy.ts';
import { readClusterPolicy } from './read-cluster-policy.ts';

export interface LoadedPolicies {
  /** In the order of the text. Whole only when there are no errors. */
  readonly documents: readonly PolicyDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

const API_VERSION = 'policy.networking.k8s.io/v1alpha2';
const OWN_KINDS = [
  'ClusterPolicy',
  'CIDRGroup',
  'NodePolicy',
  'ClusterSettings',
  ...AUTHZ_KINDS,
] as readonly string[];
const KINDS = [...OWN_KINDS, 'ClusterNetworkPolicy'];

/**
 * A stored config holds 1,000 KiB (swarmkit's MaxConfigSize); the rest is room for what is stored with a policy.
 */
export const MAX_POLICY_BYTES = 990 * 1024;

/** Cluster policies, groups, settings and what the Docker API allows, YAML or JSON. Never throws: whatever is wrong is in the diagnostics, all at once. */
export function loadPolicies(texts: readonly ManifestText[]): LoadedPolicies {
  const report = createReport();
  const documents = texts.flatMap(({ file, text }) => {
    const source = sourceText(file, text);
    return readDocuments(source, report).flatMap((document) =>
      readDocument(document, { source, report }).map((object) => finish(object, report)),
    );
  });
  reportDuplicates(documents, report);
  return {
    documents: documents.filter(({ name }) => name !== ''),
    diagnostics: sortDiagnostics(report.diagnostics),
  };
}

interface ReadObject {
  readonly object: PolicyObject;
  readonly text: string;
}

function readDocument(document: ReadDocument, context: ObjectContext): ReadObject[] {
  const { tree } = document;
  const kind = textOf(get(tree, 'kind'));
  if (
    isMapTree(tree) &&
    kind !== undefined &&
    OWN_KINDS.includes(kind) &&
    get(tree, 'apiVersion') === undefined
  )
    return [{ object: readOwnKind(kind, tree, context), text: ownText(document) }];
  if (isMapTree(tree) && get(tree, 'apiVersion') === undefined) {
    reportKind(tree, context);
    return [];
  }
  return readObjects(tree, context).flatMap((object) => readKubernetesObject(object, document, context));
}

/** As it is written, unless a directive before it makes that read otherwise on its own. */
function ownText({ tree, text }: ReadDocument): string {
  const plain = toPlain(tree);
  const [alone] = readDocuments(sourceText('', text), createReport());
  return alone !== undefined && JSON.stringify(toPlain(alone.tree)) === JSON.stringify(plain)
    ? text
    : stringify(plain);
}

function readOwnKind(kind: string, tree: Tree, context: ObjectContext): PolicyObject {
  if (isAuthzKind(kind)) return readAuthzObject(kind, tree, context);
  switch (kind) {
    case 'CIDRGroup':
      return readCidrGroup(tree, context);
    case 'NodePolicy':
      return readNodePolicy(tree, context);
    case 'ClusterSettings':
      return { kind: 'settings', settings: readClusterSettings(tree, context) };
    default:
      return readClusterPolicy(tree, context);
  }
}

function readKubernetesObject(
  { apiVersion, kind, tree }: ManifestObject,
  document: ReadDocument,
  context: ObjectContext,
): ReadObject[] {
  if (kind !== 'ClusterNetworkPolicy' || apiVersion !== API_VERSION) {
    reportKind(tree, context);
    return [];
  }
  const object = readClusterNetworkPolicy(tree, context);
  if (tree === document.tree) return [{ object, text: ownText(document) }];
  // One of a list: it is kept on its own, with what the list said for all.
  const own = { apiVersion, kind, ...(toPlain(tree) as object) };
  return [{ object, text: stringify(own) }];
}

const HINTS: Readonly<Record<string, string>> = {
  AdminNetworkPolicy: `Rewrite it as a ClusterNetworkPolicy of ${API_VERSION}, tier Admin.`,
  BaselineAdminNetworkPolicy: `Rewrite it as a ClusterNetworkPolicy of ${API_VERSION}, tier Baseline.`,
  ClusterNetworkPolicy: `Its apiVersion must be ${API_VERSION}.`,
  NetworkPolicy: "It is a stack's own, so it belongs into the Compose file: swarmwall k8s import.",
};

function reportKind(tree: Tree, { source, report }: ObjectContext): void {
  const written = get(tree, 'kind');
  const kind = textOf(written);
  if (!kind) {
    report.error(
      'missing-key',
      source.at((written ?? tree).offset),
      '"kind" is missing',
      `It is one of: ${KINDS.join(', ')}.`,
    );
    return;
  }
  const version = get(tree, 'apiVersion');
  const own = OWN_KINDS.includes(kind);
  const hint = own
    ? 'Leave apiVersion out: it is no kind of Kubernetes.'
    : ((Object.hasOwn(HINTS, kind) ? HINTS[kind] : undefined) ??
      suggest(kind, KINDS, `It is one of: ${KINDS.join(', ')}.`));
  const name = version === undefined ? `"${kind}"` : `"${kind}" (${textOf(version) ?? ''})`;
  report.error('unknown-kind', source.at((written ?? tree).offset), `${name} is not a kind of policy`, hint);
}

function finish({ object, text }: ReadObject, report: Report): PolicyDocument {
  const { name, origin } = namedOf(object);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_POLICY_BYTES) {
    const message = `"${name}" has ${bytes} bytes; Swarm stores ${MAX_POLICY_BYTES} at most`;
    report.error('policy-too-large', origin, message, 'Split it into several.');
  }
  return { ...object, name, origin, text };
}

function namedOf(object: PolicyObject): { readonly name: string; readonly origin: Position } {
  if (object.kind === 'policy') return object.policy;
  if (object.kind === 'settings') return object.settings;
  if (object.kind === 'node') return object.node;
  return object.kind === 'group' ? object.group : namedObject(object);
}

function reportDuplicates(documents: readonly PolicyDocument[], report: Report): void {
  const seen = new Map<string, Position>();
  for (const { name, origin } of documents) {
    const first = seen.get(name);
    if (name !== '' && first !== undefined) {
      const message = `"${name}" is already the name of the one at ${first.file}:${first.line}`;
      report.error(
        'duplicate-name',
        origin,
        message,
        'Documents of all kinds share their names: rename one of them.',
      );
    }
    seen.set(name, first ?? origin);
  }
}
