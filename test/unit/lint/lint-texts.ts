import { buildModel, lintStacks, loadCompose, type LintDiagnostic } from '../../../compose-ext/index.ts';

/** Lints files as one run does; each stack is called as its file, unless it says its name. */
export function lintTexts(files: Readonly<Record<string, string>>): LintDiagnostic[] {
  const loaded = Object.entries(files).map(([file, text]) =>
    loadCompose(text, { file, ...(/^name:/mu.test(text) ? {} : { stack: file.replace(/\.yaml$/u, '') }) }),
  );
  const composed = loaded.map(({ file }) => file);
  const built = buildModel(composed);
  return lintStacks({
    files: composed,
    model: built.model,
    diagnostics: [...loaded.flatMap(({ diagnostics }) => diagnostics), ...built.diagnostics],
    sources: new Map(Object.entries(files)),
  });
}

/** `code line column` of each. */
export function found(text: string): string[] {
  return lintTexts({ 'shop.yaml': text }).map(({ code, line, column }) => `${code} ${line} ${column}`);
}

export function codes(text: string): string[] {
  return lintTexts({ 'shop.yaml': text }).map(({ code }) => code);
}
