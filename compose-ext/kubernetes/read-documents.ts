import { Composer, Parser } from 'yaml';
import type { Report } from '../report.ts';
import { MAX_DEPTH } from '../syntax/read-document.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { isNull } from '../syntax/tree-access.ts';
import { tooDeepAt } from '../syntax/token-depth.ts';
import { buildTree, type Tree } from '../syntax/yaml-tree.ts';

/** A whole cluster's `kubectl get -o json` fits; a disk image does not. */
const MAX_LENGTH = 32 * 1024 * 1024;
const OPTIONS = { merge: true, uniqueKeys: false, prettyErrors: false } as const;

export interface ReadDocument {
  readonly tree: Tree;
  /** Of this document alone. */
  readonly text: string;
}

/** Every document of the text that can be read; of the others it says why not. Empty documents are left out. */
export function readDocuments(source: SourceText, report: Report): readonly ReadDocument[] {
  if (source.text.length > MAX_LENGTH) {
    const message = `the file has ${source.text.length} characters; ${MAX_LENGTH} are read at most`;
    report.error('file-too-large', source.at(0), message, 'Is it a manifest?');
    return [];
  }
  try {
    return readTrees(withoutTabs(source.text), source, report);
  } catch (error) {
    // Nothing known throws here; a hostile file may find what does.
    report.error('invalid-yaml', source.at(0), `the file cannot be read: ${String(error)}`);
    return [];
  }
}

function readTrees(text: string, source: SourceText, report: Report): readonly ReadDocument[] {
  const tokens = [...new Parser().parse(text)];
  // As in `readDocument`: the composer recurses, so depth is looked at before.
  const deep = tooDeepAt(tokens, MAX_DEPTH);
  if (deep !== undefined) {
    report.error('too-complex', source.at(deep), `values are nested more than ${MAX_DEPTH} deep`);
    return [];
  }
  const documents: ReadDocument[] = [];
  for (const document of new Composer(OPTIONS).compose(tokens, true, text.length)) {
    for (const { code, pos, message } of document.errors) {
      const hint = code === 'TAB_AS_INDENT' ? 'Indent with spaces.' : '';
      report.error('invalid-yaml', source.at(pos[0]), message.split('\n')[0] ?? message, hint);
    }
    const tree = document.errors.length === 0 ? buildTree(document, source, report) : undefined;
    if (tree !== undefined && !isNull(tree))
      documents.push({ tree, text: textOfDocument(source.text, document.range) });
  }
  return documents;
}

/** Without the line that parts it from the one before, nor its end marker. */
function textOfDocument(text: string, [start, , end]: readonly [number, number, number]): string {
  return text
    .slice(start, end)
    .replace(/^---[ \t]*\r?\n/u, '')
    .replace(/^\.\.\.[ \t]*\r?\n?$(?![^])/mu, '');
}

/** JSON may be indented with tabs, YAML may not. In JSON a tab is never inside a string, and one space is as long. */
function withoutTabs(text: string): string {
  if (!text.includes('\t') || !/^\s*[{[]/u.test(text)) return text;
  try {
    JSON.parse(text);
    return text.replaceAll('\t', ' ');
  } catch {
    return text;
  }
}
