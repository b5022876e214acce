import { get, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { splitPair } from './forms.ts';

/** What an item of a list is known by: of two with the same key the later one counts. Undefined: by nothing. */
export type ItemKey = (item: Tree) => string | undefined;

export const byText: ItemKey = (item) => textOf(item);

export const byPair: ItemKey = (item) => {
  const text = textOf(item);
  return text === undefined ? undefined : splitPair(text)[0];
};

/** Volumes and devices, by where they are in the container. */
export const byTarget: ItemKey = (item) => {
  if (item.kind !== 'scalar') return textOf(get(item, 'target'));
  // A drive letter is no part of its own: `C:\data:/data`.
  const parts = (textOf(item) ?? '').replace(/(^|:)([A-Za-z]):(?=[\\/])/g, '$1$2\0').split(':');
  return (parts[1] ?? parts[0])?.replace('\0', ':').replace(/(?<=.)\/+$/, '');
};

/** Secrets and configs, by the file that the container sees. */
export const byMount =
  (folder: string): ItemKey =>
  (item) => {
    const target = textOf(get(item, 'target')) ?? textOf(get(item, 'source')) ?? textOf(item);
    return target === undefined || target.startsWith('/') ? target : `${folder}/${target}`;
  };

export const byPath: ItemKey = (item) => textOf(get(item, 'path')) ?? textOf(item);

export const bySubnet: ItemKey = (item) => textOf(get(item, 'subnet'));
