import { formatPortMatch } from '../syntax/port-match.ts';
import type { LabelEntry, LabelPeer } from './label-grammar.ts';
import { formatTerms } from './selector-terms.ts';

/** Text that {@link parseLabel} reads back as the same entries; none at all is `none`. */
export function formatLabel(entries: readonly Pick<LabelEntry, 'peer' | 'ports'>[]): string {
  return entries.length === 0 ? 'none' : entries.map(formatEntry).join(' ');
}

export function formatEntry({ peer, ports }: Pick<LabelEntry, 'peer' | 'ports'>): string {
  const text = formatPeer(peer);
  return ports.length === 0 ? text : `${text}:${ports.map(formatPortMatch).join(',')}`;
}

export function formatPeer(peer: LabelPeer): string {
  const prefix = 'stack' in peer && peer.stack !== undefined ? `${peer.stack}/` : '';
  switch (peer.kind) {
    case 'service':
      return `${prefix}${peer.service}`;
    case 'selector':
      return `${prefix}{${formatTerms(peer.terms)}}`;
    case 'stack':
      return `stack:${peer.stack}`;
    case 'name':
      return peer.name;
    case 'cidr':
      return [peer.cidr, ...peer.except].map(bracketed).join('!');
    case 'group':
      return `group:${peer.group}`;
    case 'world':
    case 'any':
      return peer.kind;
  }
}

function bracketed(cidr: string): string {
  return cidr.includes(':') ? `[${cidr}]` : cidr;
}
