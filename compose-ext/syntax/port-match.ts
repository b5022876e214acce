import type { PortMatch, Protocol } from '../policy-model.ts';

const PORTS = /^([^/]*)(?:\/([a-zA-Z]+))?$/;
const NAME = /^(?=.{1,15}$)(?=.*[a-zA-Z])[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;

/** An IANA service name, as Kubernetes has it: at most 15 letters, digits and dashes, with a letter in it. */
export function isPortName(text: string): boolean {
  return NAME.test(text);
}

export function parseProtocol(text: string): Protocol | undefined {
  const lower = text.toLowerCase();
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined;
}

export function parsePortNumber(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/** `80`, `80/udp`, `5000-6000/tcp`, `http`; a string is the reason why it is none of them. */
export function parsePortMatch(text: string): PortMatch | string {
  const match = PORTS.exec(text);
  if (match === null) return `"${text}" is not a port`;
  const [, range = '', protocolText = 'tcp'] = match;
  const protocol = parseProtocol(protocolText);
  if (protocol === undefined) return `"${protocolText}" is not a protocol`;
  const ends = /^(\d+)-(\d+)$/.exec(range);
  if (ends === null) {
    const port = parsePortNumber(range);
    if (port !== undefined) return { protocol, port };
    if (isPortName(range)) return { protocol, port: range };
    if (range === '') return 'a port is missing';
    return /^\d+$/.test(range) ? `port ${range} is not between 1 and 65535` : `"${range}" is not a port`;
  }
  const port = parsePortNumber(ends[1] ?? '');
  const endPort = parsePortNumber(ends[2] ?? '');
  if (port === undefined || endPort === undefined) return `"${range}" goes outside 1 to 65535`;
  if (endPort < port) return `the range "${range}" ends before it starts`;
  return endPort === port ? { protocol, port } : { protocol, port, endPort };
}

export function formatPortMatch(match: PortMatch): string {
  const range = match.endPort === undefined ? `${match.port ?? ''}` : `${match.port ?? ''}-${match.endPort}`;
  return match.protocol === 'tcp' ? range : `${range}/${match.protocol}`;
}
