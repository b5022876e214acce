import type { PortMatch, ServicePort } from '../compose-ext/policy-model.ts';
import { EVERYTHING, EVERY_PORT, normalise, type PortRange, type PortSet } from './port-set.ts';

/**
 * The ports that a rule names, as the destination understands them: a name is its port of that name and
 * protocol, each of them if several. A name it does not have is no port at all.
 */
export function resolvePorts(ports: readonly PortMatch[], destination: readonly ServicePort[]): PortSet {
  if (ports.length === 0) return EVERYTHING;
  const ranges = { tcp: [] as PortRange[], udp: [] as PortRange[], sctp: [] as PortRange[] };
  for (const match of ports) ranges[match.protocol].push(...rangesOf(match, destination));
  return {
    everything: false,
    tcp: normalise(ranges.tcp),
    udp: normalise(ranges.udp),
    sctp: normalise(ranges.sctp),
    icmp: false,
  };
}

export function hasNames(ports: readonly PortMatch[]): boolean {
  return ports.some(({ port }) => typeof port === 'string');
}

function rangesOf({ protocol, port, endPort }: PortMatch, destination: readonly ServicePort[]): PortRange[] {
  if (port === undefined) return [EVERY_PORT];
  if (typeof port === 'string')
    return destination
      .filter((own) => own.name === port && own.protocol === protocol)
      .map((own) => [own.target, own.target]);
  const [first, last] = [Math.max(port, EVERY_PORT[0]), Math.min(endPort ?? port, EVERY_PORT[1])];
  return first <= last ? [[first, last]] : [];
}
