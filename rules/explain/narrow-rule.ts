import type { PortMatch } from '../../compose-ext/policy-model.ts';
import { EVERY_PORT } from '../port-set.ts';
import type { RuleBody } from './policy-edit.ts';
import type { RuleStep } from './walk-side.ts';
import type { AskedPort } from './why-port.ts';

/**
 * What is left of an admitting rule without the peers that mean the other end, on the port asked for: the other
 * peers keep all its ports, these peers the other ports. A rule of every port loses the peers whole: "every port
 * but one" would take ICMP away too.
 */
export function narrowRule({ peers, ports }: RuleStep, asked: AskedPort): readonly RuleBody[] {
  const [meant, others] = [peers.filter(({ holds }) => holds), peers.filter(({ holds }) => !holds)];
  const otherPorts = ports.flatMap(({ match, holds }) => (holds ? without(match, asked.port) : [match]));
  const bodies = [
    { needed: others.length > 0, peers: others, ports: ports.map(({ match }) => match) },
    { needed: otherPorts.length > 0, peers: meant, ports: otherPorts },
  ];
  return bodies
    .filter(({ needed }) => needed)
    .map((body) => ({ peers: body.peers.map(({ peer }) => peer), ports: body.ports }));
}

/** The rest of a match that holds the port. A name goes whole. */
function without({ protocol, port, endPort }: PortMatch, asked: number | undefined): PortMatch[] {
  if (asked === undefined || typeof port === 'string') return [];
  const first = port ?? EVERY_PORT[0];
  const last = endPort ?? port ?? EVERY_PORT[1];
  return [rangeOf(protocol, first, asked - 1), rangeOf(protocol, asked + 1, last)].flat();
}

function rangeOf(protocol: PortMatch['protocol'], first: number, last: number): PortMatch[] {
  if (first > last) return [];
  return first === last ? [{ protocol, port: first }] : [{ protocol, port: first, endPort: last }];
}
