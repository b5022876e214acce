import type { PortSpan } from '../../../rules/port-set.ts';

/** `80/tcp`, `5000-6000/udp`, `all udp`, `icmp`, `all`. */
export function formatSpan({ protocol, port, endPort }: PortSpan): string {
  if (protocol === 'any') return 'all';
  if (protocol === 'icmp') return 'icmp';
  if (port === undefined) return `all ${protocol}`;
  return endPort === undefined ? `${port}/${protocol}` : `${port}-${endPort}/${protocol}`;
}

/** As short as a cell wants it: tcp goes without saying. */
export function formatCell(spans: readonly PortSpan[]): string {
  return spans.map((span) => formatSpan(span).replace(/(?<=\d)\/tcp$/u, '')).join(' ');
}
