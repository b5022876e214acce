import { posix } from 'node:path';
import { mapValues } from '../syntax/map-values.ts';
import type { Tree, TreeMap, TreeScalar } from '../syntax/yaml-tree.ts';
import { settled } from './settle.ts';

/** Relative paths of a file in another folder, as the first file's folder would write them. compose-go: `paths`. */
export function rebasePaths(root: TreeMap, prefix: string): TreeMap {
  const move = (scalar: TreeScalar): TreeScalar => {
    const text = scalar.value;
    if (typeof text !== 'string' || !isRelative(text)) return scalar;
    return settled(scalar, dotted(posix.join(prefix, text)));
  };
  const moveMount = (scalar: TreeScalar): TreeScalar => {
    const text = typeof scalar.value === 'string' ? scalar.value : '';
    const [from = '', ...rest] = text.split(':');
    if (!/^\.{1,2}(?:\/|$)/.test(from) || rest.length === 0) return scalar;
    return settled(scalar, [dotted(posix.join(prefix, from)), ...rest].join(':'));
  };
  return mapValues(root, (scalar, path) => {
    const at = path.map((step) => (typeof step === 'number' ? '#' : step));
    if (at[0] === 'services') {
      const inService = at.slice(2).join('.');
      if (/^(?:env_file|label_file)(?:\.#)?(?:\.path)?$/.test(inService)) return move(scalar);
      if (/^build(?:\.context)?$/.test(inService)) return move(scalar);
      if (inService === 'volumes.#') return moveMount(scalar);
      if (inService === 'volumes.#.source')
        return /^\.{1,2}(?:\/|$)/.test(String(scalar.value)) ? move(scalar) : scalar;
    }
    if ((at[0] === 'secrets' || at[0] === 'configs') && at.length === 3 && at[2] === 'file')
      return move(scalar);
    if (at[0] === 'volumes' && at.slice(2).join('.') === 'driver_opts.device')
      return /^\.{1,2}(?:\/|$)/.test(String(scalar.value)) ? move(scalar) : scalar;
    return scalar;
  }) as Tree as TreeMap;
}

function isRelative(path: string): boolean {
  return path !== '' && !posix.isAbsolute(path) && !/^(?:~|[A-Za-z]:[\\/]|[a-z+]+:\/\/|git@)/.test(path);
}

/** A bind mount's source is told from a volume's name by its dot. */
function dotted(path: string): string {
  return posix.isAbsolute(path) || path.startsWith('.') ? path : `./${path}`;
}
