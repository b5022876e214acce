import { looksLikeDnsName } from '../compose-ext/dns-name.ts';
import { nearest } from '../compose-ext/nearest.ts';
import type { Protocol } from '../compose-ext/policy-model.ts';
import { parseAddress } from './address-block.ts';
import type { Place } from './evaluator.ts';
import type { ProbedCluster } from './probe.ts';

export interface Asked {
  readonly from: Place;
  readonly to: Place;
  readonly protocol: Protocol;
  /** Absent: the destination has no port of that name. */
  readonly port?: number;
}

/** Suggesting a name takes a look at every name there is: a few show what is wrong with all. */
const SUGGESTIONS = 20;

/** A reader of probes: a string says what is wrong. */
export function createProbeReader(cluster: ProbedCluster): (written: unknown) => Asked | string {
  const services = new Map(cluster.services.map((service) => [service.key, service]));
  let suggestions = 0;
  const findPlace = (text: unknown, key: string): Place | string => {
    if (typeof text !== 'string' || text === '') return `"${key}" must be a name or an address`;
    if (services.has(text)) return { service: text };
    const address = parseAddress(cluster.externals?.get(text) ?? text);
    if (address) {
      const owner = cluster.owners?.get(address.toNormalizedString());
      return owner === undefined ? { address: address.toNormalizedString() } : { service: owner };
    }
    if (cluster.externals?.has(text) && looksLikeDnsName(text)) return { dnsName: text };
    const names =
      suggestions++ < SUGGESTIONS ? [...services.keys(), ...(cluster.externals?.keys() ?? [])] : [];
    const near = nearest(text, names);
    return `"${key}": there is no ${text}${near === undefined ? '' : `; did you mean ${near}?`}`;
  };
  const places = new Map<unknown, Place | string>();
  const placeOf = (text: unknown, key: string): Place | string => {
    const known = places.get(text) ?? findPlace(text, key);
    if (typeof known !== 'string') places.set(text, known);
    return known;
  };
  return (written) => {
    if (typeof written !== 'object' || written === null || Array.isArray(written))
      return 'must be an object { src, dst, protocol, port }';
    const probe = written as Readonly<Record<string, unknown>>;
    const [from, to] = [placeOf(probe['src'], 'src'), placeOf(probe['dst'], 'dst')];
    const protocol = readProtocol(probe['protocol']);
    const port = readPort(probe['port']);
    const wrong = [
      ...[from, to].filter((each) => typeof each === 'string'),
      ...(protocol === undefined ? ['"protocol" must be TCP, UDP or SCTP'] : []),
      ...(port === undefined ? ['"port" must be a number from 1 to 65535, or the name of a port'] : []),
    ];
    if (typeof from === 'string' || typeof to === 'string' || protocol === undefined || port === undefined)
      return wrong.join('; ');
    if (typeof port === 'number') return { from, to, protocol, port };
    const ports = 'service' in to ? (services.get(to.service)?.ports ?? []) : [];
    const named = ports.find((each) => each.name === port && each.protocol === protocol);
    return { from, to, protocol, ...(named && { port: named.target }) };
  };
}

function readProtocol(value: unknown): Protocol | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : undefined;
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined;
}

/** Digits are a number however they are written: a port's name has a letter in it. */
function readPort(value: unknown): number | string | undefined {
  if (typeof value === 'string' && !/^\d+$/u.test(value)) return value === '' ? undefined : value;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const port = Number(value);
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? port : undefined;
}
