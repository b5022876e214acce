import type { DiagnosticCode } from '../diagnostic-codes.ts';
import { incomingName } from '../dns-name.ts';
import type { Direction, PortMatch } from '../policy-model.ts';
import { parsePortMatch } from '../syntax/port-match.ts';
import { isProblem, parsePeer, type LabelPeer, type Problem } from './label-peer.ts';

export type { LabelPeer };

/** One `peer` or `peer:ports`. */
export interface LabelEntry {
  /** Where in the label's text it starts, and how long it is. */
  readonly offset: number;
  readonly length: number;
  readonly peer: LabelPeer;
  /** Empty: every port. */
  readonly ports: readonly PortMatch[];
}

export interface LabelProblem {
  readonly code: DiagnosticCode;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

export interface ParsedLabel {
  /** The label is the one word `none`: isolated, with no allow. */
  readonly none: boolean;
  /** The entries that could be read; with problems the label as a whole must not be trusted. */
  readonly entries: readonly LabelEntry[];
  readonly problems: readonly LabelProblem[];
}

/** Docker stores far larger labels; no person writes one. */
export const MAX_LABEL_LENGTH = 64 * 1024;

/** Reads the value of `swarmwall.ingress` or `swarmwall.egress`; without `direction`, what either may say. Never throws. */
export function parseLabel(text: string, direction?: Direction): ParsedLabel {
  const problems: LabelProblem[] = [];
  const fail = (problem: Problem, offset: number) => problems.push({ ...problem, offset });
  if (text.length > MAX_LABEL_LENGTH) {
    const message = `a label may have ${MAX_LABEL_LENGTH} characters, this one has ${text.length}`;
    fail({ code: 'label-too-long', message, hint: 'Use x-swarmwall policies with selectors.' }, 0);
    return { none: false, entries: [], problems };
  }
  const words = [...text.matchAll(/\S+/g)];
  const first = words[0];
  if (first === undefined) {
    const message = 'the label is empty';
    fail({ code: 'empty-label', message, hint: 'Write "none" to allow nothing, "any" to allow all.' }, 0);
    return { none: false, entries: [], problems };
  }
  if (words.length === 1 && first[0] === 'none') return { none: true, entries: [], problems };
  const entries: LabelEntry[] = [];
  for (const { 0: word, index } of words) {
    const entry = parseEntry(word, direction);
    if (isProblem(entry)) fail(entry, index + (entry.offset ?? 0));
    else entries.push({ ...entry, offset: index, length: word.length });
  }
  return { none: false, entries, problems };
}

function parseEntry(
  word: string,
  direction: Direction | undefined,
): Pick<LabelEntry, 'peer' | 'ports'> | Problem {
  if (word === 'none' || word.startsWith('none:')) {
    const hint = 'Leave it out, or make it the only word.';
    return { code: 'none-not-alone', message: '"none" stands alone, without ports or other entries', hint };
  }
  const read = parsePeer(word);
  if (isProblem(read)) return read;
  if (read.peer.kind === 'name' && direction === 'ingress') return incomingName(read.peer.name);
  const rest = word.slice(read.end);
  if (rest === '') return { peer: read.peer, ports: [] };
  if (!rest.startsWith(':')) {
    const message = `"${rest}" after "${word.slice(0, read.end)}" is not understood`;
    return { code: 'invalid-entry', message, hint: 'Ports follow a colon: "web:80,443".', offset: read.end };
  }
  const ports = parsePorts(rest.slice(1));
  if (isProblem(ports)) return { ...ports, offset: read.end + 1 + (ports.offset ?? 0) };
  return { peer: read.peer, ports };
}

function parsePorts(text: string): PortMatch[] | Problem {
  const ports: PortMatch[] = [];
  let offset = 0;
  for (const part of text.split(',')) {
    const port = parsePortMatch(part);
    if (typeof port === 'string') {
      const hint = 'Ports look like 80, 80/udp, 5000-6000/tcp or http, separated by commas.';
      return { code: 'invalid-ports', message: port, hint, offset };
    }
    ports.push(port);
    offset += part.length + 1;
  }
  return ports;
}
