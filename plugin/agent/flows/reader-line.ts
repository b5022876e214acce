import { isIP } from 'node:net';
import { FLOW_VERDICTS, type FlowVerdict } from '../../../rules/flows/flow-record.ts';

/** What the flow reader (`flow-reader/`) saw of one flow in some 60 ms. */
export interface SeenFlow {
  /** flow: packets that were judged. end: connections that are over. */
  readonly kind: 'flow' | 'end';
  /** Number of the namespace. */
  readonly watch: number;
  readonly verdict: FlowVerdict;
  /** By the bridge's ports: to another node, from one, or neither. */
  readonly way: 'stays' | 'leaves' | 'comes';
  readonly source: string;
  readonly destination: string;
  /** IP's number. */
  readonly protocol: number;
  /** 0: none. */
  readonly port: number;
  /** Packets that were judged, or connections that ended. */
  readonly count: number;
  /** Of a connection that ended, both directions. */
  readonly packets: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** unread: by the kernel's numbers. crowded: of more flows than the reader keeps apart. */
export interface LossLine {
  readonly kind: 'unread' | 'crowded';
  readonly watch: number;
  readonly verdict: FlowVerdict;
  readonly count: number;
}

export type ReaderLine =
  /** The first line: what those after it mean (`reader-protocol.ts`), and the program's version. */
  | { readonly kind: 'hello'; readonly protocol: number; readonly version: string }
  | SeenFlow
  | LossLine
  | { readonly kind: 'open'; readonly watch: number }
  | { readonly kind: 'failed'; readonly watch: number; readonly why: string }
  /** Connections whose end was not read. */
  | { readonly kind: 'ends'; readonly watch: number; readonly count: number }
  /** All that the kernel had logged when it was asked is in lines before this one. */
  | { readonly kind: 'synced'; readonly question: number };

const VERDICTS: ReadonlyMap<string, FlowVerdict> = new Map(
  FLOW_VERDICTS.map((verdict) => [verdict.slice(0, 1), verdict]),
);
const WAYS: ReadonlyMap<string, SeenFlow['way']> = new Map([
  ['=', 'stays'],
  ['>', 'leaves'],
  ['<', 'comes'],
]);

/** Undefined: no line of the reader's. */
export function parseReaderLine(line: string): ReaderLine | undefined {
  const words = line.split(' ');
  const [kind = '', number = ''] = words;
  const watch = Number(number);
  if (number === '' || !Number.isInteger(watch)) return undefined;
  if (kind === 'flow' || kind === 'end') return parseFlow(kind, watch, words);
  if (kind === 'open') return { kind, watch };
  if (kind === 'hello') return parseHello(watch, words);
  if (kind === 'synced') return { kind, question: watch };
  if (kind === 'failed') return { kind, watch, why: words.slice(2).join(' ') };
  const count = Number(words[3]);
  if (!Number.isInteger(count)) return undefined;
  if (kind === 'ends') return { kind, watch, count };
  const verdict = VERDICTS.get(words[2] ?? '');
  return (kind === 'unread' || kind === 'crowded') && verdict !== undefined
    ? { kind, watch, verdict, count }
    : undefined;
}

function parseHello(protocol: number, words: readonly string[]): ReaderLine | undefined {
  const version = words[2] ?? '';
  return words.length === 3 && /^[\w.+-]{1,64}$/u.test(version)
    ? { kind: 'hello', protocol, version }
    : undefined;
}

/** As few objects as can be: there may be tens of thousands of lines a second. */
function parseFlow(kind: SeenFlow['kind'], watch: number, words: readonly string[]): SeenFlow | undefined {
  const verdict = VERDICTS.get(words[2] ?? '');
  const way = WAYS.get(words[3] ?? '');
  const [source = '', destination = ''] = [words[4], words[5]];
  if (verdict === undefined || way === undefined || isIP(source) === 0 || isIP(destination) === 0)
    return undefined;
  if (words.length !== WORDS || !areIntegers(words, NUMBERS_FROM)) return undefined;
  return {
    kind,
    watch,
    verdict,
    way,
    source,
    destination,
    protocol: Number(words[6]),
    port: Number(words[7]),
    count: Number(words[8]),
    packets: Number(words[9]),
    bytes: Number(words[10]),
    first: Number(words[11]),
    last: Number(words[12]),
  };
}

const WORDS = 13;
const NUMBERS_FROM = 6;

function areIntegers(words: readonly string[], from: number): boolean {
  for (let at = from; at < words.length; at += 1) if (!Number.isInteger(Number(words[at]))) return false;
  return true;
}
