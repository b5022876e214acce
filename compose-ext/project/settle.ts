import { Scalar } from 'yaml';
import { textNode } from '../emit/node-building.ts';
import { escapeVariables } from '../interpolate/interpolate.ts';
import { mapValues, type TreePath } from '../syntax/map-values.ts';
import type { TreeMap, TreeScalar } from '../syntax/yaml-tree.ts';

/**
 * Keys whose text docker turns into a number or a truth value, once a variable in it is replaced (docker/cli,
 * cli/compose/loader/interpolate.go); text without a variable it refuses there.
 */
const TYPED = new Set([
  ...['mode', 'retries', 'disable', 'replicas', 'parallelism', 'max_failure_ratio', 'max_attempts'],
  ...[
    'max_replicas_per_node',
    'target',
    'published',
    'hard',
    'soft',
    'privileged',
    'oom_score_adj',
    'read_only',
  ],
  ...['stdin_open', 'tty', 'nocopy', 'external', 'internal', 'attachable'],
]);

/** The value as text that holds no variables, where it stood. */
export function settled(scalar: TreeScalar, text: string, typed = false): TreeScalar {
  const value = typed ? typedValue(text) : text;
  const node: Scalar = typeof value === 'string' ? textNode(escapeVariables(value)) : new Scalar(value);
  if (scalar.node?.range) node.range = scalar.node.range;
  return { ...scalar, value, node, written: escapeVariables(text) };
}

/** Every variable by its value: whoever deploys does not know it. */
export function settleAll(root: TreeMap): TreeMap {
  return mapValues(root, (scalar, path) =>
    scalar.written === undefined ? scalar : settled(scalar, String(scalar.value), isTyped(path)),
  ) as TreeMap;
}

/** Only those that `docker stack deploy` cannot read. docker/cli, cli/compose/template: no `+`, nothing nested, no `{` in a default. */
export function settleUnreadable(root: TreeMap): TreeMap {
  return mapValues(root, (scalar, path) =>
    scalar.written === undefined || String(path[0]).startsWith('x-') || !isUnreadable(scalar.written)
      ? scalar
      : settled(scalar, String(scalar.value), isTyped(path)),
  ) as TreeMap;
}

const UNREADABLE = /\$\{[A-Za-z_]\w*(?::?\+|:?[-?][^}]*[${])/;

function isUnreadable(written: string): boolean {
  return UNREADABLE.test(written.replaceAll('$$', ''));
}

function isTyped(path: TreePath): boolean {
  const key = path.at(-1);
  return (typeof key === 'string' && TYPED.has(key)) || path.at(-2) === 'ulimits';
}

function typedValue(text: string): string | number | boolean {
  if (/^(?:y|yes|true|on)$/i.test(text)) return true;
  if (/^(?:n|no|false|off)$/i.test(text)) return false;
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
