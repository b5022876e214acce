import { readDnsName } from '../../../compose-ext/dns-name.ts';
import { nearest } from '../../../compose-ext/nearest.ts';
import { blockTest, parseAddress } from '../../../rules/address-block.ts';
import type { EvaluatorInput, Place } from '../../../rules/evaluator.ts';
import type { ClusterService } from '../../../rules/network-policy.ts';
import { CliFailure } from '../failure.ts';
import type { WrittenPlace } from './read-place.ts';

/** A cluster to ask about: that of the files, or the live one. */
export interface AskedCluster extends EvaluatorInput {
  /** The stack that a bare service name means first; absent live. */
  readonly stack?: string;
}

export interface NamedPlace {
  /** For people: `shop/web`, `world`, `203.0.113.7`. */
  readonly name: string;
  readonly place: Place;
  readonly service?: ClusterService;
}

/** Of the blocks kept for documentation and of the internet's: one that no policy names stands for the world. */
const ANYWHERE = [
  '198.51.100.1',
  '203.0.113.1',
  '192.0.2.1',
  '1.0.0.1',
  '8.8.4.4',
  '9.9.9.9',
  '133.11.0.1',
  '200.3.14.10',
];

/** An address that only rules about the whole world mean. */
export function addressOfWorld({ services, clusterPolicies = [], groups = [] }: EvaluatorInput): string {
  const policies = [...services.flatMap((service) => service.policies), ...clusterPolicies];
  const written = policies
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ peers }) => peers.filter((peer) => peer.kind === 'ipBlock'));
  const blocks = [...written, ...groups.flatMap((group) => group.blocks)]
    .flatMap(({ cidr, except }) => [...except, ...(cidr.endsWith('/0') ? [] : [cidr])])
    .map((cidr) => blockTest(cidr, []));
  const outside = ANYWHERE.find((text) => {
    const address = parseAddress(text);
    return address !== undefined && !blocks.some((holds) => holds(address));
  });
  return outside ?? '198.51.100.1';
}

export function findPlace(cluster: AskedCluster, written: WrittenPlace): NamedPlace {
  if (written.kind === 'world') return { name: 'world', place: { address: addressOfWorld(cluster) } };
  if (written.kind === 'address') return { name: written.address, place: { address: written.address } };
  if (written.kind === 'dotted') {
    const isService = cluster.services.some(({ name }) => name === written.name);
    return isService
      ? findPlace(cluster, { kind: 'service', service: written.name })
      : namePlace(written.name);
  }
  const service = findService(cluster, written);
  return { name: service.key, place: { service: service.key }, service };
}

function namePlace(text: string): NamedPlace {
  const name = readDnsName(text);
  if (typeof name === 'string' && !name.startsWith('*.')) return { name, place: { dnsName: name } };
  const hint = typeof name === 'string' ? 'Ask about one name below it.' : name.hint;
  throw new CliFailure('bad-usage', `${text} is neither a service nor a DNS name that can be asked about`, {
    hint,
  });
}

function findService(
  { stack, services, stacks }: AskedCluster,
  written: Extract<WrittenPlace, { kind: 'service' }>,
): ClusterService {
  const named = services.filter(({ name }) => name === written.service);
  const wanted = written.stack ?? stack;
  const exact = named.find((each) => each.stack === wanted);
  if (exact) return exact;
  if (written.stack === undefined && named.length === 1 && named[0]) return named[0];
  if (written.stack === undefined && named.length > 1)
    throw new CliFailure('unknown-name', `${written.service} is in several stacks`, {
      hint: `Say which: ${named.map(({ key }) => key).join(', ')}.`,
    });
  const asked = written.stack === undefined ? written.service : `${written.stack}/${written.service}`;
  const known =
    written.stack === undefined ? services.map(({ name }) => name) : services.map(({ key }) => key);
  const near = nearest(asked, ['world', ...known]);
  const stackMissing = written.stack !== undefined && !stacks.some(({ name }) => name === written.stack);
  throw new CliFailure(
    'unknown-name',
    stackMissing ? `there is no stack called ${written.stack}` : `there is no service called ${asked}`,
    { hint: near ? `Did you mean ${near}?` : listed(services) },
  );
}

const LISTED = 12;

function listed(services: readonly ClusterService[]): string {
  const keys = services.slice(0, LISTED).map(({ key }) => key);
  return services.length === 0
    ? 'There are no services at all.'
    : `There are: ${keys.join(', ')}${services.length > LISTED ? ', …' : ''}`;
}
