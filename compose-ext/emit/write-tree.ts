import { isMap, isNode, isSeq, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { createReport } from '../report.ts';
import { readDocument } from '../syntax/read-document.ts';
import { sourceText } from '../syntax/source-text.ts';
import { isMapTree } from '../syntax/tree-access.ts';
import type { TreeList, TreeMap } from '../syntax/yaml-tree.ts';
import { copyNode, deletePair, isUnshared, keyText, ownPair, setPair } from './node-building.ts';
import { printDocument } from './print-document.ts';
import { aliasTargets, repairAliases } from './repair-aliases.ts';

/**
 * The text that says what `after` says, in the spelling of the text that `before` was read from: what the two share
 * stays as it is, with its comments. The same text when they say the same.
 */
export function writeTree(text: string, before: TreeMap, after: TreeMap): string {
  if (before === after) return text;
  const document = readDocument(sourceText('', text), createReport());
  if (document === undefined || !isMap(document.contents)) return text;
  const targets = aliasTargets(document);
  const root = document.contents;
  if (!canEdit(root, before, after)) document.contents = copyNode(after) as typeof document.contents;
  else if (!editMap(root, before, after)) return text;
  repairAliases(document as Document, targets);
  return printDocument(document, text);
}

/** What a merge (`<<`) brings cannot be taken out of the map that it is merged into. */
function canEdit(node: YAMLMap, before: TreeMap, after: TreeMap): boolean {
  return !hasMerge(node) || [...before.entries.keys()].every((key) => after.entries.has(key));
}

function hasMerge(node: YAMLMap): boolean {
  return node.items.some((pair) => keyText(pair) === undefined);
}

/** True when something had to change. */
function editMap(node: YAMLMap, before: TreeMap, after: TreeMap): boolean {
  let changed = false;
  for (const key of before.entries.keys()) {
    if (after.entries.has(key)) continue;
    deletePair(node, key);
    changed = true;
  }
  for (const [key, { value }] of after.entries) {
    const old = before.entries.get(key)?.value;
    if (old === value) continue;
    const own = ownPair(node, key)?.value;
    if (isUnshared(own) && isMap(own) && isMapTree(old) && isMapTree(value) && canEdit(own, old, value)) {
      changed = editMap(own, old, value) || changed;
      continue;
    }
    changed = true;
    if (isUnshared(own) && isSeq(own) && old?.kind === 'list' && value.kind === 'list')
      editList(own, old, value);
    else setPair(node, key, copyNode(value));
  }
  return changed;
}

/** Items that stay keep their comments. */
function editList(node: YAMLSeq, before: TreeList, after: TreeList): void {
  const places = new Map(before.items.map((item, index) => [item, index]));
  const own = node.items;
  node.items = after.items.map((item) => {
    const place = places.get(item);
    const kept = place === undefined || own.length !== before.items.length ? undefined : own[place];
    return isNode(kept) ? kept : copyNode(item);
  });
}
