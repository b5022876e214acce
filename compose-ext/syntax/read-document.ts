import { Composer, Parser, parseDocument, type Document } from 'yaml';
import type { Report } from '../report.ts';
import type { SourceText } from './source-text.ts';
import { tooDeepAt } from './token-depth.ts';

/** Docker's own limit for a config is 1,000 KiB; no Compose file comes near. */
export const MAX_FILE_LENGTH = 2 * 1024 * 1024;
/** Deeper than any Compose file. */
export const MAX_DEPTH = 100;

/** Duplicate keys are found by `buildTree`: the parser's own check is quadratic. */
const OPTIONS = { merge: true, uniqueKeys: false, prettyErrors: false, keepSourceTokens: true } as const;

/**
 * One YAML document with its source tokens, or undefined; why is in the report. The tokens are looked at
 * first: `yaml` composes by recursion, and V8 ends the process, not the call, when it has to compile a
 * regular expression near the end of the stack.
 */
export function readDocument(source: SourceText, report: Report): Document | undefined {
  const { text } = source;
  if (text.length > MAX_FILE_LENGTH) {
    const message = `the file has ${text.length} characters; ${MAX_FILE_LENGTH} are read at most`;
    report.error('file-too-large', source.at(0), message, 'Is it a Compose file?');
    return undefined;
  }
  try {
    const tokens = [...new Parser().parse(text)];
    const deep = tooDeepAt(tokens, MAX_DEPTH);
    if (deep !== undefined) {
      report.error('too-complex', source.at(deep), `values are nested more than ${MAX_DEPTH} deep`, '');
      return undefined;
    }
    const [document, next] = [...new Composer(OPTIONS).compose(tokens, true, text.length)];
    if (next !== undefined) {
      const at = source.at(next.range[0]);
      report.error('multiple-documents', at, 'the file has more than one YAML document', 'Split it.');
    }
    for (const { code, pos, message } of document?.errors ?? []) {
      const hint = code === 'TAB_AS_INDENT' ? 'Indent with spaces.' : '';
      report.error('invalid-yaml', source.at(pos[0]), message.split('\n')[0] ?? message, hint);
    }
    return document?.errors.length === 0 && next === undefined ? document : undefined;
  } catch (error) {
    // Nothing known throws here; a hostile file may find what does.
    report.error('invalid-yaml', source.at(0), `the file cannot be read: ${String(error)}`, '');
    return undefined;
  }
}

/** For text that `readDocument` has found good. */
export function parseYaml(text: string): Document {
  return parseDocument(text, OPTIONS);
}
