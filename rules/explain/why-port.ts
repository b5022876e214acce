import type { PortMatch, ServicePort } from '../../compose-ext/policy-model.ts';
import type { Question } from '../evaluator.ts';

export type AskedPort = Pick<Question, 'protocol' | 'port'>;

/** For people: `80/tcp`, `5000-6000/udp`, `every tcp port`. */
export function portText({ protocol, port, endPort }: PortMatch): string {
  if (port === undefined) return `every ${protocol} port`;
  return endPort === undefined ? `${port}/${protocol}` : `${port}-${endPort}/${protocol}`;
}

export function askedText({ protocol, port }: AskedPort): string {
  if (protocol === 'icmp') return 'icmp';
  return port === undefined ? `every ${protocol} port` : `${port}/${protocol}`;
}

/** Why the match holds the asked port, or does not. `ports` are the destination's, whose names count. */
export function whyPort(match: PortMatch, asked: AskedPort, ports: readonly ServicePort[]): string {
  if (asked.protocol === 'icmp') return 'icmp passes only where a rule names no port at all';
  if (match.protocol !== asked.protocol)
    return `the protocol is ${asked.protocol}, the rule's ${match.protocol}`;
  if (typeof match.port === 'string') return whyNamed(match.port, match.protocol, asked, ports);
  if (match.port === undefined) return `the rule has every ${match.protocol} port`;
  const first = match.port;
  const last = match.endPort ?? first;
  if (asked.port === undefined)
    return first <= 1 && last >= 65_535 ? 'all are asked for, and all are there' : 'all are asked for';
  const range = first === last ? `${first}` : `in ${first}-${last}`;
  return first <= asked.port && asked.port <= last
    ? `${asked.port} is ${range}`
    : `${asked.port} is not ${range}`;
}

function whyNamed(name: string, protocol: string, asked: AskedPort, ports: readonly ServicePort[]): string {
  const named = ports.filter((port) => port.name === name);
  const targets = named.filter((port) => port.protocol === protocol).map(({ target }) => target);
  if (named.length === 0) return `the destination has no port called ${name}`;
  if (targets.length === 0)
    return `the destination's port ${name} is ${named.map((port) => port.protocol).join(', ')}, not ${protocol}`;
  const means = `${name} is ${targets.join(' and ')} at the destination`;
  return asked.port !== undefined && targets.includes(asked.port)
    ? means
    : `${means}, not ${asked.port ?? 'all'}`;
}
