import {
  buildModel,
  lintStacks,
  loadCompose,
  loadPolicies,
  type LintDiagnostic,
} from '../../../compose-ext/index.ts';

/** Lints files as one run does; each stack is called as its file, unless it says its name. */
export function lintTexts(files: Readonly<Record<string, string>>, policies = ''): LintDiagnostic[] {
  const loaded = Object.entries(files).map(([file, text]) =>
    loadCompose(text, { file, ...(/^name:/mu.test(text) ? {} : { stack: file.replace(/\.yaml$/u, '') }) }),
  );
  const composed = loaded.map(({ file }) => file);
  const built = buildModel(composed);
  const tiers = loadPolicies(policies === '' ? [] : [{ file: 'policies.yaml', text: policies }]);
  const clusterPolicies = tiers.documents.flatMap((each) => (each.kind === 'policy' ? each.policy : []));
  return lintStacks({
    files: composed,
    model: { ...built.model, clusterPolicies },
    diagnostics: [
      ...loaded.flatMap(({ diagnostics }) => diagnostics),
      ...built.diagnostics,
      ...tiers.diagnostics,
    ],
    sources: new Map(Object.entries(files)),
  });
}

/** `code line column` of each. */
export function found(text: string): string[] {
  return lintTexts({ 'shop.yaml': text }).map(({ code, line, column }) => `${code} ${line} ${column}`);
}

/** What follows `---` are cluster policies. */
export function codes(text: string): string[] {
  const [compose = '', ...policies] = text.split(/^---\n/mu);
  return lintTexts({ 'shop.yaml': compose }, policies.join('---\n')).map(({ code }) => code);
}
