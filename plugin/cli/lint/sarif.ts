import { createHash } from 'node:crypto';
import { isAbsolute, relative, sep } from 'node:path';
import { LINT_RULES } from '../../../compose-ext/index.ts';
import type { Fix, LintDiagnostic, Severity } from '../../../compose-ext/index.ts';

export interface SarifInput {
  readonly diagnostics: readonly LintDiagnostic[];
  /** Texts by the name that diagnostics carry. */
  readonly sources: ReadonlyMap<string, string>;
  /** What relative URIs are relative to. */
  readonly cwd: string;
  readonly version: string;
  /** Of the documents, without a slash at its end. */
  readonly docsUrl: string;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  Severity,
  string
>;
const ROOT = '%SRCROOT%';

/** A log of one run in SARIF 2.1.0, as code hosts take it. Columns count UTF-16 units from 1. */
export function toSarif(input: SarifInput): object {
  const { diagnostics, version, docsUrl } = input;
  const rules = describeRules(diagnostics, docsUrl);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const seen = new Map<string, number>();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'swarmwall', semanticVersion: version, informationUri: docsUrl, rules } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: indexes.get(diagnostic.code) ?? -1,
          level: LEVELS[diagnostic.severity],
          message: { text: [diagnostic.message, diagnostic.hint].filter(Boolean).join('. ') },
          locations: [location(diagnostic, input)],
          partialFingerprints: { 'swarmwallLine/v1': fingerprint(diagnostic, input, seen) },
          ...(diagnostic.fix ? { fixes: [toFix(diagnostic.fix, input)] } : {}),
        })),
      },
    ],
  };
}

/** Every lint rule, and whatever else was found. */
function describeRules(diagnostics: readonly LintDiagnostic[], docsUrl: string) {
  const ids = new Set(LINT_RULES.map(({ id }) => id));
  const others = [...new Map(diagnostics.map((each) => [each.code, each])).values()];
  return [
    ...LINT_RULES.map(({ id, severity, summary }) => ({
      id,
      shortDescription: { text: summary },
      helpUri: `${docsUrl}/lint.md#${id}`,
      defaultConfiguration: { level: LEVELS[severity] },
    })),
    ...others
      .filter(({ code }) => !ids.has(code))
      .map(({ code, severity }) => ({
        id: code,
        shortDescription: { text: code.replaceAll('-', ' ') },
        helpUri: `${docsUrl}/diagnostics.md#${code}`,
        defaultConfiguration: { level: LEVELS[severity] },
      })),
  ];
}

function location({ file, line, column }: LintDiagnostic, { cwd }: SarifInput) {
  return {
    physicalLocation: {
      artifactLocation: artifact(file, cwd),
      region: { startLine: line, startColumn: column },
    },
  };
}

function artifact(file: string, cwd: string) {
  const path = isAbsolute(file) ? relative(cwd, file) : file.replace(/^(?:\.\/)+/u, '');
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: ROOT };
}

/** Of what the line says, not where it is, so that a result stays the same one when lines are added above. */
function fingerprint(
  { code, file, line }: LintDiagnostic,
  { sources, cwd }: SarifInput,
  seen: Map<string, number>,
): string {
  const text = (sources.get(file)?.split('\n')[line - 1] ?? '').replace(/\s+/gu, ' ').trim();
  const key = JSON.stringify([code, artifact(file, cwd).uri, text]);
  const count = (seen.get(key) ?? 0) + 1;
  seen.set(key, count);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}:${count}`;
}

function toFix({ title, edits }: Fix, { cwd }: SarifInput) {
  return {
    description: { text: title },
    artifactChanges: edits.map(({ file, offset, length, text }) => ({
      artifactLocation: artifact(file, cwd),
      replacements: [
        { deletedRegion: { charOffset: offset, charLength: length }, insertedContent: { text } },
      ],
    })),
  };
}
