import { isWritten } from '../extension/read-selector.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import type { PortMatch, Protocol } from '../policy-model.ts';
import { isPortName } from '../syntax/port-match.ts';
import { get, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const satisfies readonly Protocol[];

/** One entry of a ClusterNetworkPolicy's `protocols`. A name is that of a port of whatever protocol. */
export function readProtocol(tree: Tree, context: ObjectContext): PortMatch[] {
  const named = get(tree, 'destinationNamedPort');
  if (isWritten(named)) return readNamedPort(named, context);
  return PROTOCOLS.flatMap((protocol) => readPortOf(get(tree, protocol), protocol, context));
}

function readNamedPort(tree: Tree, { source, report }: ObjectContext): PortMatch[] {
  const port = textOf(tree) ?? '';
  if (isPortName(port)) return PROTOCOLS.map((protocol) => ({ protocol, port }));
  const hint = 'At most 15 letters, digits and "-", with a letter among them.';
  report.error('invalid-ports', source.at(tree.offset), `"${port}" is not a port name`, hint);
  return [];
}

function readPortOf(
  tree: Tree | undefined,
  protocol: Protocol,
  { source, report }: ObjectContext,
): PortMatch[] {
  const range = get(tree, 'destinationPort', 'range');
  const number = numberOf(get(tree, 'destinationPort', 'number'));
  if (number !== undefined) return [{ protocol, port: number }];
  const [start, end] = [numberOf(get(range, 'start')), numberOf(get(range, 'end'))];
  if (range === undefined || start === undefined || end === undefined) return [];
  if (start < end) return [{ protocol, port: start, endPort: end }];
  const message = `the range starts at ${start} and ends at ${end}: the end must be above the start`;
  report.error('invalid-ports', source.at(range.offset), message, 'Write one port as number.');
  return [];
}

function numberOf(tree: Tree | undefined): number | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'number' ? tree.value : undefined;
}
