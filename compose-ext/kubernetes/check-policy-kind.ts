import { isWithin } from '../nearest.ts';
import type { Report } from '../report.ts';
import { get } from '../syntax/tree-access.ts';
import type { ManifestObject } from './manifest.ts';

const KIND = 'NetworkPolicy';
const GROUP = 'networking.k8s.io';

/** Whether it was meant to be a NetworkPolicy and is none: skipped, it would leave open what it closes. */
export function isMisspeltPolicy({ apiVersion, kind }: ManifestObject): boolean {
  const [group = '', ...version] = apiVersion.split('/');
  const named = isWithin(2, group, GROUP);
  if (kind !== KIND)
    return /^network-?polic(y|ies)(list)?$/i.test(kind) || (named && isWithin(2, kind, KIND));
  return version.length === 0 || (named && group !== GROUP);
}

export function reportMisspeltPolicy(
  { apiVersion, kind, tree, source }: ManifestObject,
  report: Report,
): void {
  const key = kind === KIND ? 'apiVersion' : 'kind';
  const at = source.at((get(tree, key) ?? tree).offset);
  const message = `"${kind}" (${apiVersion}) is not a kind that Kubernetes has`;
  const hint = key === 'kind' ? `Did you mean ${KIND}?` : `Did you mean "apiVersion: ${GROUP}/v1"?`;
  report.error('unknown-kind', at, message, hint);
}
