import type { Diagnostic, Position } from '../diagnostic.ts';
import { suggest } from '../nearest.ts';
import type { PolicyModel } from '../policy-model.ts';
import { createReport, sortDiagnostics, type Report } from '../report.ts';
import type { PolicyDocument } from './policy-document.ts';

/** Groups that policies refer to and neither these documents nor `known` define: they would mean nobody. */
export function checkGroups(
  documents: readonly PolicyDocument[],
  known: Iterable<string> = [],
): readonly Diagnostic[] {
  const report = createReport();
  const names = new Set([
    ...known,
    ...documents.flatMap((document) => (document.kind === 'group' ? document.name : [])),
  ]);
  for (const document of documents)
    if (document.kind === 'policy' || document.kind === 'node')
      for (const { name, origin } of document.groups) reportUnknown(name, origin, names, report);
  return sortDiagnostics(report.diagnostics);
}

/** The same of the stacks' own policies. */
export function checkStackGroups(
  { stacks }: PolicyModel,
  documents: readonly PolicyDocument[],
): readonly Diagnostic[] {
  const report = createReport();
  const names = new Set(documents.flatMap(({ kind, name }) => (kind === 'group' ? name : [])));
  const policies = stacks.flatMap((stack) => stack.policies);
  for (const { peers, origin } of policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]))
    for (const peer of peers) if (peer.kind === 'group') reportUnknown(peer.group, origin, names, report);
  return sortDiagnostics(report.diagnostics);
}

function reportUnknown(name: string, at: Position, names: ReadonlySet<string>, report: Report): void {
  if (names.has(name)) return;
  const hint = suggest(name, names, 'Apply it first, or in the same command.');
  report.error('unknown-group', at, `there is no CIDR group "${name}"`, hint);
}
