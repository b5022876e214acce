import type { Direction, Peer, Selector } from '../compose-ext/policy-model.ts';
import type { OverlayRule } from './overlay-side.ts';
import type { Party } from './party.ts';

/**
 * An index key by which services and the rules that may mean them find each other: a rule's peer can only mean
 * a service that has at least one of the tokens that the peer wants. Candidates are then judged in full, so a
 * token too many costs time, never a wrong entry; a token too few would.
 */
export type Token = string;
const EVERY_SERVICE: Token = '*';

/** What a service is. */
export function tokensOf({ key, service, stackLabels }: Party): readonly Token[] {
  const tokens = [EVERY_SERVICE, `service ${key}`, `stack ${service.stack}`];
  for (const [name, value] of Object.entries(service.labels))
    tokens.push(labelToken(name, value), labelToken(name, value, service.stack));
  for (const [name, value] of Object.entries(stackLabels)) tokens.push(stackLabelToken(name, value));
  return tokens;
}

/** What a side's entries depend on: the services that its rules may mean. */
export function tokensWanted(party: Party, direction: Direction): readonly Token[] {
  const { stance, rules, ordered, counted } = party.overlay[direction];
  if (ordered || (counted && direction === 'egress')) return [EVERY_SERVICE];
  if (stance === 'open') return [];
  // An enforced ingress rule for everyone is one `*` entry, whoever is there.
  const enumerates = direction === 'egress' || stance === 'audit';
  const tokens = rules.flatMap((rule) => (rule.everyone ? [] : wantedBy(rule)));
  if (enumerates && rules.some((rule) => rule.everyone)) tokens.push(EVERY_SERVICE);
  return [...new Set(tokens)];
}

function wantedBy(rule: OverlayRule): Token[] {
  return rule.peers.flatMap((peer) => wantedByPeer(peer, rule.stack));
}

function wantedByPeer(peer: Peer, ownStack: string): Token[] {
  switch (peer.kind) {
    case 'service':
      return [`service ${peer.stack}/${peer.service}`];
    case 'selector':
      return wantedBySelector(peer.stacks, peer.services, ownStack);
    case 'ipBlock':
    case 'group':
    case 'name':
    case 'world':
    case 'any':
      return [];
  }
}

function wantedBySelector(
  stacks: Selector | undefined,
  services: Selector | undefined,
  ownStack: string,
): Token[] {
  const labels = services && requiredLabels(services);
  if (!stacks)
    return labels?.map(([name, value]) => labelToken(name, value, ownStack)) ?? [`stack ${ownStack}`];
  if (labels) return labels.map(([name, value]) => labelToken(name, value));
  return requiredLabels(stacks)?.map(([name, value]) => stackLabelToken(name, value)) ?? [EVERY_SERVICE];
}

/** Labels of which a match has at least one; undefined when the selector asks for none by value. */
function requiredLabels({ matchLabels, matchExpressions }: Selector): [string, string][] | undefined {
  const [label] = Object.entries(matchLabels);
  if (label) return [label];
  const within = matchExpressions.find((expression) => expression.operator === 'In');
  return within?.values.map((value) => [within.key, value]);
}

function labelToken(name: string, value: string, stack?: string): Token {
  return stack === undefined ? `label ${name}=${value}` : `label ${name}=${value} in ${stack}`;
}

function stackLabelToken(name: string, value: string): Token {
  return `stack label ${name}=${value}`;
}
