import type { Diagnostic } from '../diagnostic.ts';
import { suggest } from '../nearest.ts';
import { createReport, sortDiagnostics } from '../report.ts';
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
  for (const { name, origin } of documents.flatMap((document) =>
    document.kind === 'policy' ? document.groups : [],
  )) {
    if (names.has(name)) continue;
    const message = `there is no CIDR group "${name}"`;
    report.error(
      'unknown-group',
      origin,
      message,
      suggest(name, names, 'Apply it first, or in the same command.'),
    );
  }
  return sortDiagnostics(report.diagnostics);
}
