import { isMap, isScalar, isSeq, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { ownMap, ownPair } from '../emit/node-building.ts';
import { printDocument } from '../emit/print-document.ts';
import { aliasTargets, repairAliases } from '../emit/repair-aliases.ts';
import { labelKey, labelText, ownCollection, setLabel } from '../emit/service-edit.ts';
import { formatLabel } from '../label/format-label.ts';
import type { LabelEntry } from '../label/label-grammar.ts';
import type { Direction } from '../policy-model.ts';
import { escapeVariables } from '../interpolate/interpolate.ts';
import { createReport } from '../report.ts';
import { readDocument } from '../syntax/read-document.ts';
import { sourceText } from '../syntax/source-text.ts';
import { get } from '../syntax/tree-access.ts';
import { buildTree, type Tree } from '../syntax/yaml-tree.ts';

/** Entries for one label of one service, beside those that it has. */
export interface AnnotationEdit {
  readonly service: string;
  readonly direction: Direction;
  /** None: a label that is not there yet becomes `none`. */
  readonly entries: readonly Pick<LabelEntry, 'peer' | 'ports'>[];
  readonly in: 'labels' | 'deploy.labels';
  /** Text of the label that the service takes from elsewhere, by `extends` say: its own one would hide it. */
  readonly inherited?: string;
}

export interface EditedAnnotations {
  /** The user's text, with nothing but these labels changed. */
  readonly text: string;
  /** Of services that this text does not have. */
  readonly unplaced: readonly AnnotationEdit[];
}

/** Writes labels into Compose text that can be read; comments, order and spelling stay. */
export function editAnnotations(text: string, edits: readonly AnnotationEdit[]): EditedAnnotations {
  const source = sourceText('', text);
  const quiet = createReport();
  const document = readDocument(source, quiet);
  const tree = document && buildTree(document, source, quiet);
  if (document === undefined || tree === undefined || !isMap(document.contents))
    return { text, unplaced: edits };
  const targets = aliasTargets(document);
  const root = document.contents;
  const unplaced = edits.filter((edit) => !place(root, tree, edit));
  if (unplaced.length === edits.length) return { text, unplaced };
  repairAliases(document as Document, targets);
  return { text: printDocument(document, text), unplaced };
}

function place(root: YAMLMap, tree: Tree, edit: AnnotationEdit): boolean {
  const serviceTree = get(tree, 'services', edit.service);
  if (serviceTree === undefined) return false;
  const services = ownMap(root, 'services', get(tree, 'services'));
  const service = ownMap(services, edit.service, serviceTree);
  const inDeploy = edit.in === 'deploy.labels';
  const parent = inDeploy ? ownMap(service, 'deploy', get(serviceTree, 'deploy')) : service;
  const written = inDeploy ? get(serviceTree, 'deploy', 'labels') : get(serviceTree, 'labels');
  const key = `swarmwall.${edit.direction}`;
  const inherited = edit.inherited === undefined ? undefined : escapeVariables(edit.inherited);
  const before = labelText(written, key) ?? inherited;
  setText(ownCollection(parent, 'labels', written), key, withEntries(before, edit.entries));
  return true;
}

/** What is written stays as it is, line breaks and variables too. */
function withEntries(before: string | undefined, entries: AnnotationEdit['entries']): string {
  const added = formatLabel(entries);
  if (before === undefined || before.trim() === '' || before.trim() === 'none') return added;
  if (entries.length === 0) return before;
  const end = before.trimEnd();
  const between = end.includes('\n') ? '\n' : ' ';
  return `${end}${between}${added}${before.slice(end.length)}`;
}

/** In place, so that the scalar keeps its style and its comments. */
function setText(labels: YAMLMap | YAMLSeq, key: string, value: string): void {
  if (isSeq(labels)) {
    const item = labels.items.find((each) => isScalar(each) && labelKey(String(each.value)) === key);
    if (isScalar(item) && item.anchor === undefined) item.value = `${key}=${value}`;
    else setLabel(labels, key, value);
    return;
  }
  const own = ownPair(labels, key)?.value;
  if (isScalar(own) && own.anchor === undefined) own.value = value;
  else setLabel(labels, key, value);
}
