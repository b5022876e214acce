import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { Mode } from '../policy-model.ts';
import { SETTINGS_NAME } from './cluster-settings.ts';

export type ModeTarget =
  { readonly kind: 'cluster' } | { readonly kind: 'stack' | 'service'; readonly name: string };

/**
 * The text of the ClusterSettings with an administrator's word changed; `text` is that in force. Undefined as the mode:
 * no word, so that files and labels say. What else is written stays.
 */
export function editModes(text: string | undefined, target: ModeTarget, mode: Mode | undefined): string {
  const document = parseDocument(text ?? `kind: ClusterSettings\nname: ${SETTINGS_NAME}\n`);
  if (target.kind === 'cluster') {
    if (mode === undefined) document.delete('mode');
    else document.set('mode', mode);
    return document.toString();
  }
  const written = document.get('modes');
  const others = (isSeq(written) ? written.items : []).filter(
    (item) => !isMap(item) || textOf(item, target.kind) !== target.name,
  );
  const added = mode === undefined ? [] : [document.createNode({ [target.kind]: target.name, mode })];
  if (others.length + added.length === 0) document.delete('modes');
  else document.set('modes', document.createNode([...others, ...added]));
  return document.toString();
}

function textOf(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key, true);
  return isScalar(value) ? String(value.value) : undefined;
}
