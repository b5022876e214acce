import { parseDocument, type Document } from 'yaml';
import type { Report } from '../report.ts';
import type { SourceText } from './source-text.ts';

/** Docker's own limit for a config is 1,000 KiB; no Compose file comes near. */
export const MAX_FILE_LENGTH = 2 * 1024 * 1024;

/** One YAML document with its source tokens, or undefined; why is in the report. */
export function readDocument(source: SourceText, report: Report): Document | undefined {
  const { text } = source;
  if (text.length > MAX_FILE_LENGTH) {
    const message = `the file has ${text.length} characters; ${MAX_FILE_LENGTH} are read at most`;
    report.error('file-too-large', source.at(0), message, 'Is it a Compose file?');
    return undefined;
  }
  try {
    const document = parseYaml(text);
    for (const { code, pos, message } of document.errors) {
      const at = source.at(pos[0]);
      if (code === 'MULTIPLE_DOCS') {
        report.error('multiple-documents', at, 'the file has more than one YAML document', 'Split it.');
      } else {
        const hint = code === 'TAB_AS_INDENT' ? 'Indent with spaces.' : '';
        report.error('invalid-yaml', at, message.split('\n')[0] ?? message, hint);
      }
    }
    return document.errors.length === 0 ? document : undefined;
  } catch (error) {
    // The parser recurses: text nested thousands deep ends its stack.
    const message = error instanceof RangeError ? 'it is nested too deep' : String(error);
    report.error('invalid-yaml', source.at(0), `the file cannot be read: ${message}`, '');
    return undefined;
  }
}

/** Duplicate keys are found by `buildTree`: the parser's own check is quadratic. */
export function parseYaml(text: string): Document {
  return parseDocument(text, { merge: true, uniqueKeys: false, prettyErrors: false, keepSourceTokens: true });
}
