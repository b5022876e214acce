import type { Connection } from '../../../rules/connectivity.ts';
import { formatCell, formatSpan } from '../plan/format-span.ts';
import { remembered } from '../remembered.ts';
import { csvField, dotString, markdownCell, mermaidString } from './escape.ts';

/** Lines, one at a time: a thousand services have a million connections. */
type Format = (places: readonly string[], connections: Iterable<Connection>) => Iterable<string>;

type Ports = Connection['ports'];

function* dot(places: readonly string[], connections: Iterable<Connection>): Generator<string> {
  const name = remembered(dotString);
  const label = remembered((ports: Ports) => dotString(formatCell(ports)));
  yield 'digraph connectivity {';
  yield '  rankdir=LR;';
  yield '  node [shape=box];';
  for (const place of places) yield `  ${name(place)};`;
  for (const { from, to, ports } of connections)
    yield `  ${name(from)} -> ${name(to)} [label=${label(ports)}];`;
  yield '}';
}

/** Nodes are numbers, as Mermaid's ids can be no names such as `end`. */
function* mermaid(places: readonly string[], connections: Iterable<Connection>): Generator<string> {
  const ids = new Map(places.map((place, index) => [place, `n${index}`]));
  const label = remembered((ports: Ports) => mermaidString(formatCell(ports)));
  yield 'flowchart LR';
  for (const [place, id] of ids) yield `  ${id}[${mermaidString(place)}]`;
  for (const { from, to, ports } of connections)
    yield `  ${ids.get(from) ?? ''} -->|${label(ports)}| ${ids.get(to) ?? ''}`;
}

function* md(_places: readonly string[], connections: Iterable<Connection>): Generator<string> {
  const cell = remembered(markdownCell);
  const cellOf = remembered((ports: Ports) => cell(ports.map(formatSpan).join(' ')));
  yield '| from | to | ports |';
  yield '|---|---|---|';
  for (const { from, to, ports } of connections) yield `| ${cell(from)} | ${cell(to)} | ${cellOf(ports)} |`;
}

/** A row for each range: `port` and `endPort` empty mean every port, protocol `any` every protocol. */
function* csv(_places: readonly string[], connections: Iterable<Connection>): Generator<string> {
  const field = remembered(csvField);
  yield 'from,to,protocol,port,endPort\r';
  for (const { from, to, ports } of connections)
    for (const { protocol, port = '', endPort = '' } of ports)
      yield `${field(from)},${field(to)},${protocol},${port},${endPort}\r`;
}

export const FORMATS = { dot, mermaid, md, csv } as const satisfies Readonly<Record<string, Format>>;
