import { meansDnsName } from '../dns-name.ts';
import type { Peer, PolicyRule, PortMatch, Selector, ServiceModel } from '../policy-model.ts';
import { matchesSelector } from '../selector.ts';
import { isStrictlyInside, parseCidr, type Cidr } from '../syntax/cidr.ts';

/** The service that a peer of this kind means, when it is known. */
export type FindService = (stack: string, service: string) => ServiceModel | undefined;

/**
 * Whether whatever `b` means is also meant by `a`, both seen from one stack; false where only the labels of
 * today's services say so, but for a service that is named.
 */
export function peerCovers(a: Peer, b: Peer, ownStack: string, find: FindService): boolean {
  if (a.kind === 'any') return true;
  switch (b.kind) {
    case 'service':
      if (a.kind === 'service') return a.stack === b.stack && a.service === b.service;
      return a.kind === 'selector' && selectsNamed(a, b, ownStack, find);
    case 'selector':
      return (
        a.kind === 'selector' &&
        selectorCovers(a.stacks ?? 'own', b.stacks ?? 'own') &&
        selectorCovers(a.services ?? EMPTY, b.services ?? EMPTY)
      );
    case 'ipBlock':
      return a.kind === 'ipBlock' && blockCovers(a, b);
    case 'group':
      return a.kind === 'group' && a.group === b.group;
    case 'name':
      return a.kind === 'world' || (a.kind === 'name' && nameCovers(a.name, b.name));
    case 'world':
      return a.kind === 'world';
    case 'any':
      return false;
  }
}

const EMPTY: Selector = { matchLabels: {}, matchExpressions: [] };

function selectsNamed(
  { stacks, services }: Extract<Peer, { kind: 'selector' }>,
  { stack, service }: Extract<Peer, { kind: 'service' }>,
  ownStack: string,
  find: FindService,
): boolean {
  if (stacks !== undefined || stack !== ownStack) return false;
  const known = find(stack, service);
  return known !== undefined && (services === undefined || matchesSelector(services, known.labels));
}

/** Every condition of the wider selector is one of the narrower's. 'own': no stackSelector. */
export function selectorCovers(a: Selector | 'own', b: Selector | 'own'): boolean {
  if (a === 'own' || b === 'own') return a === b;
  const conditions = new Set(conditionsOf(b));
  return conditionsOf(a).every((condition) => conditions.has(condition));
}

function conditionsOf({ matchLabels, matchExpressions }: Selector): string[] {
  return [
    ...Object.entries(matchLabels).map((label) => JSON.stringify(label)),
    ...matchExpressions.map(({ key, operator, values }) =>
      JSON.stringify([key, operator, [...values].sort()]),
    ),
  ];
}

/** A wildcard has no name itself, so its own text is asked for as a name below it. */
function nameCovers(a: string, b: string): boolean {
  return a === b || meansDnsName(a, b);
}

interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** No exception of the wider block may take out a part of the narrower that is not excepted there. */
function blockCovers(a: Block, b: Block): boolean {
  const [outer, inner] = [parseCidr(a.cidr), parseCidr(b.cidr)];
  if (!outer || !inner || !isInside(inner, outer)) return false;
  const left = b.except.flatMap((text) => parseCidr(text) ?? []);
  return a.except.every((text) => {
    const hole = parseCidr(text);
    if (!hole || isInside(inner, hole)) return false;
    return !isInside(hole, inner) || left.some((known) => isInside(hole, known));
  });
}

function isInside(inner: Cidr, outer: Cidr): boolean {
  return inner.text === outer.text || isStrictlyInside(inner, outer);
}

/** Empty ports are all of them. */
export function portsCover(a: readonly PortMatch[], b: readonly PortMatch[]): boolean {
  if (a.length === 0) return true;
  return b.length > 0 && b.every((port) => a.some((wider) => portCovers(wider, port)));
}

export function portCovers(a: PortMatch, b: PortMatch): boolean {
  if (a.protocol !== b.protocol) return false;
  if (a.port === undefined) return true;
  if (typeof a.port === 'string' || typeof b.port === 'string' || b.port === undefined)
    return a.port === b.port;
  return a.port <= b.port && (b.endPort ?? b.port) <= (a.endPort ?? a.port);
}

/** All that `b` allows is allowed by `a`; whom each is about is not looked at. */
export function ruleCovers(a: PolicyRule, b: PolicyRule, ownStack: string, find: FindService): boolean {
  if (!portsCover(a.ports, b.ports)) return false;
  if (a.peers.length === 0) return true;
  return (
    b.peers.length > 0 &&
    b.peers.every((peer) => a.peers.some((wider) => peerCovers(wider, peer, ownStack, find)))
  );
}
