import type { Connection } from '../../../rules/connectivity.ts';
import { remembered } from '../remembered.ts';

/** Each connection as JSON. */
export function* jsonOf(connections: Iterable<Connection>): Generator<string> {
  const name = remembered((text: string) => JSON.stringify(text));
  const spans = remembered((ports: Connection['ports']) => JSON.stringify(ports));
  for (const { from, to, ports } of connections)
    yield `{"from":${name(from)},"to":${name(to)},"ports":${spans(ports)}}`;
}
