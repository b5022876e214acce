import type { Protocol, ServicePort } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { isPortName, parsePortNumber, parseProtocol } from '../syntax/port-match.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { get, isNull, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

interface ReadPorts {
  readonly ports: readonly ServicePort[];
  /** Something is published, though its number may be a variable. */
  readonly publishes: boolean;
  /** False: the number of some port is a variable without a value. */
  readonly portsKnown: boolean;
}

/** `ports` and `expose` of a service, in all their forms. */
export function readPorts(service: Tree, source: SourceText, report: Report): ReadPorts {
  const ports: ServicePort[] = [];
  let publishes = false;
  let portsKnown = true;
  const take = (tree: Tree, read: ServicePort[] | string) => {
    if (typeof read !== 'string') return ports.push(...read);
    return report.error(
      'invalid-port',
      source.at(tree.offset),
      read,
      'Ports look like "80", "8080:80/udp" or "3000-3005".',
    );
  };
  for (const item of itemsOf(get(service, 'ports'))) {
    if (item.kind === 'list' || isNull(item) || (item.kind === 'map' && !get(item, 'target'))) continue;
    const { texts, open } = resolve(item.kind === 'map' ? longParts(item) : [item]);
    publishes ||=
      item.kind === 'scalar' || !isNull(get(item, 'published') ?? { kind: 'scalar', value: null, offset: 0 });
    if (open) {
      portsKnown = false;
      const message = 'the port depends on a variable, so it is not known here';
      report.info(
        'unresolved-variable',
        source.at(item.offset),
        message,
        'Give it a default: ${PORT:-8080}.',
      );
      continue;
    }
    take(item, item.kind === 'map' ? parseLong(texts) : parseShort(texts[0] ?? ''));
  }
  for (const item of itemsOf(get(service, 'expose'))) {
    const { texts, open } = resolve([item]);
    portsKnown &&= !open;
    if (!open && item.kind === 'scalar' && !isNull(item)) take(item, parseExposed(texts[0] ?? ''));
  }
  return { ports, publishes, portsKnown };
}

function resolve(parts: readonly (Tree | undefined)[]): { readonly texts: string[]; readonly open: boolean } {
  const texts = parts.map((part) => textOf(part) ?? '');
  // Nothing but a variable that is taken for empty is no port, whatever else is known.
  const open = texts[0] !== '' && parts.some((part) => part?.kind === 'scalar' && part.unset !== undefined);
  return { texts, open };
}

function longParts(item: Tree): (Tree | undefined)[] {
  return ['target', 'published', 'protocol', 'mode', 'name'].map((key) => get(item, key));
}

function parseLong(parts: readonly string[]): ServicePort[] | string {
  const [target = '', published = '', protocolText = '', mode = '', name = ''] = parts;
  const protocol = parseProtocol(protocolText || 'tcp');
  if (protocol === undefined) return `"${protocolText}" is not a protocol`;
  if (mode !== '' && mode !== 'ingress' && mode !== 'host') return `"${mode}" is not a mode of publishing`;
  if (name !== '' && !isPortName(name)) return `"${name}" is not a port name`;
  const read = pair(published, target, protocol, mode === 'host' ? 'host' : 'ingress');
  if (typeof read === 'string' || name === '') return read;
  return read.map((port) => ({ ...port, name }));
}

/** `[[address:]published:]target[/protocol]`; numbers may be ranges, an IPv6 address stands in brackets. */
function parseShort(text: string): ServicePort[] | string {
  const match =
    /^(?:(?:\[[0-9a-fA-F:.]+\]|[0-9.]+):(?=[\d-]*:))?(?:([\d-]*):)?([\d-]+)(?:\/([a-zA-Z]+))?$/.exec(text);
  if (match === null) return `"${text}" is not a port`;
  const [, published = '', target = '', protocolText = 'tcp'] = match;
  const protocol = parseProtocol(protocolText);
  if (protocol === undefined) return `"${protocolText}" is not a protocol`;
  return pair(published, target, protocol, 'ingress');
}

function parseExposed(text: string): ServicePort[] | string {
  const match = /^([\d-]+)(?:\/([a-zA-Z]+))?$/.exec(text);
  const protocol = parseProtocol(match?.[2] ?? 'tcp');
  const targets = range(match?.[1] ?? '');
  if (protocol === undefined || targets === undefined) return `"${text}" is not a port`;
  return targets.map((target) => ({ protocol, target }));
}

function pair(
  published: string,
  target: string,
  protocol: Protocol,
  mode: 'ingress' | 'host',
): ServicePort[] | string {
  const targets = range(target);
  if (targets === undefined) return `"${target}" is not a port between 1 and 65535`;
  // Swarm and the engine choose the number of a port that has none (or 0): published all the same.
  if (published === '' || published === '0') return targets.map((port) => ({ protocol, target: port, mode }));
  const publics = range(published);
  if (publics === undefined) return `"${published}" is not a port between 1 and 65535`;
  if (publics.length === targets.length) {
    return targets.map((port, index) => ({
      protocol,
      target: port,
      published: publics[index] ?? port,
      mode,
    }));
  }
  // "8000-8010:80": one free number out of the range.
  if (targets.length === 1) return targets.map((port) => ({ protocol, target: port, mode }));
  return `the ranges "${published}" and "${target}" differ in length`;
}

function range(text: string): number[] | undefined {
  const [first = '', last = first, ...more] = text.split('-');
  const [from, to] = [parsePortNumber(first), parsePortNumber(last)];
  if (more.length > 0 || from === undefined || to === undefined || to < from) return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
