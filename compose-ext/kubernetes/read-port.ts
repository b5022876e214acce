import type { PortMatch } from '../policy-model.ts';
import { isPortName, parseProtocol } from '../syntax/port-match.ts';
import { get, isMapTree, isNull } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ObjectContext } from './manifest.ts';

/** Undefined: broken, and reported here or by the schema. */
export function readPort(tree: Tree, { source, report }: ObjectContext): PortMatch | undefined {
  if (!isMapTree(tree)) return undefined;
  const fail = (at: Tree, message: string, hint: string): undefined => {
    report.error('invalid-ports', source.at(at.offset), message, hint);
  };
  const protocol = parseProtocol(String(valueOf(get(tree, 'protocol')) ?? 'TCP'));
  const [port, endPort] = [get(tree, 'port'), get(tree, 'endPort')];
  const [first, last] = [valueOf(port), valueOf(endPort)];
  if (port && typeof first === 'string' && !(isPortName(first) && first === first.toLowerCase()))
    return fail(port, `"${first}" is not a port name`, nameHint(first));
  if (endPort && last !== undefined) {
    if (first === undefined)
      return fail(endPort, 'endPort needs a port', 'Add "port:", where the range starts.');
    if (typeof first === 'string')
      return fail(endPort, 'endPort needs a port that is a number', `"${first}" is a name.`);
    if (typeof last === 'number' && typeof first === 'number' && last < first)
      return fail(endPort, `endPort ${last} is below port ${first}`, 'Swap them.');
  }
  if (protocol === undefined) return undefined;
  if (first === undefined) return { protocol };
  if (typeof first === 'boolean' || (last !== undefined && typeof last !== 'number')) return undefined;
  return last === undefined || last === first
    ? { protocol, port: first }
    : { protocol, port: first, endPort: last };
}

function valueOf(tree: Tree | undefined): string | number | boolean | undefined {
  return tree?.kind === 'scalar' && !isNull(tree) ? (tree.value ?? undefined) : undefined;
}

function nameHint(text: string): string {
  return /^\d+$/u.test(text)
    ? 'A number is written without quotes.'
    : 'At most 15 small letters, digits and "-", with a letter among them.';
}
