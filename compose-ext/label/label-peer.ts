import type { DiagnosticCode } from '../diagnostic-codes.ts';
import { looksLikeDnsName, readDnsName } from '../dns-name.ts';
import { GROUP_NAME, GROUP_NAME_HINT } from '../group-name.ts';
import { isStrictlyInside, parseCidr, type Cidr } from '../syntax/cidr.ts';
import { parseTerms, type SelectorTerm } from './selector-terms.ts';

export type LabelPeer =
  /** No `stack`: the label's own. */
  | { readonly kind: 'service'; readonly stack?: string; readonly service: string }
  | { readonly kind: 'selector'; readonly stack?: string; readonly terms: readonly SelectorTerm[] }
  | { readonly kind: 'stack'; readonly stack: string }
  | { readonly kind: 'cidr'; readonly cidr: string; readonly except: readonly string[] }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'world' }
  | { readonly kind: 'any' };

export interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint: string;
  /** Within the word. */
  readonly offset?: number;
}

interface ReadPeer {
  readonly peer: LabelPeer;
  /** Where the ports' colon, or the end, is. */
  readonly end: number;
}

export function isProblem(value: object): value is Problem {
  return 'code' in value;
}

/** Reads the peer at the start of a word. */
export function parsePeer(word: string): ReadPeer | Problem {
  const brace = word.indexOf('{');
  if (brace >= 0) return parseSelectorPeer(word, brace);
  if (word.startsWith('[') || /^\d+\.[\d.]*(?=$|[/!:])/.test(word)) return parseCidrPeer(word);
  if (word.startsWith('stack:')) return parseStackPeer(word);
  if (word.startsWith('group:')) return parseGroupPeer(word);
  if (/^[0-9a-fA-F]*:[0-9a-fA-F]*:/.test(word)) {
    const hint = 'Write IPv6 in brackets: [2001:db8::/32]:443.';
    return { code: 'invalid-cidr', message: `"${word}" looks like IPv6 without brackets`, hint };
  }
  const colon = word.indexOf(':');
  const end = colon < 0 ? word.length : colon;
  return parseNamedPeer(word.slice(0, end), end);
}

function parseNamedPeer(text: string, end: number): ReadPeer | Problem {
  if (text === 'world' || text === 'any') return { peer: { kind: text }, end };
  if (looksLikeDnsName(text)) {
    const name = readDnsName(text);
    return typeof name === 'string' ? { peer: { kind: 'name', name }, end } : name;
  }
  const slash = text.indexOf('/');
  if (slash < 0) return checkName(text, 'service', 0) ?? { peer: { kind: 'service', service: text }, end };
  const [stack, service] = [text.slice(0, slash), text.slice(slash + 1)];
  return (
    checkName(stack, 'stack', 0) ??
    checkName(service, 'service', slash + 1) ?? { peer: { kind: 'service', stack, service }, end }
  );
}

function parseStackPeer(word: string): ReadPeer | Problem {
  const start = 'stack:'.length;
  const colon = word.indexOf(':', start);
  const end = colon < 0 ? word.length : colon;
  const stack = word.slice(start, end);
  return checkName(stack, 'stack', start) ?? { peer: { kind: 'stack', stack }, end };
}

function parseGroupPeer(word: string): ReadPeer | Problem {
  const start = 'group:'.length;
  const colon = word.indexOf(':', start);
  const end = colon < 0 ? word.length : colon;
  const group = word.slice(start, end);
  if (GROUP_NAME.test(group)) return { peer: { kind: 'group', group }, end };
  const message = `"${group}" is not the name of a group of addresses`;
  return { code: 'invalid-peer-name', message, hint: GROUP_NAME_HINT, offset: start };
}

function parseSelectorPeer(word: string, brace: number): ReadPeer | Problem {
  const prefix = word.slice(0, brace);
  if (prefix !== '' && !prefix.endsWith('/')) {
    const hint = 'Write {label=value} or stack/{label=value}.';
    return { code: 'invalid-selector', message: `"${prefix}" before "{" is not a stack and "/"`, hint };
  }
  const stack = prefix.slice(0, -1);
  const problem = prefix === '' ? undefined : checkName(stack, 'stack', 0);
  if (problem !== undefined) return problem;
  const close = word.indexOf('}', brace);
  if (close < 0) {
    const hint = 'Close it; a selector has no spaces in it.';
    return { code: 'invalid-selector', message: '"{" is not closed', hint, offset: brace };
  }
  const terms = parseTerms(word.slice(brace + 1, close));
  if (isProblem(terms)) return { ...terms, offset: brace + 1 + (terms.offset ?? 0) };
  return { peer: { kind: 'selector', ...(prefix === '' ? {} : { stack }), terms }, end: close + 1 };
}

function parseCidrPeer(word: string): ReadPeer | Problem {
  const blocks: { readonly block: Cidr; readonly offset: number }[] = [];
  let end = 0;
  for (;;) {
    const piece = /^(?:\[([^\]]*)\]|([^!:[\]]*))/.exec(word.slice(end));
    const text = piece?.[1] ?? piece?.[2] ?? '';
    const block = parseCidr(text);
    if (block === undefined) {
      const hint = 'Blocks look like 10.0.0.0/8 or [2001:db8::/32]; exceptions follow a "!".';
      return { code: 'invalid-cidr', message: `"${text}" is not an address block`, hint, offset: end };
    }
    blocks.push({ block, offset: end });
    end += piece?.[0].length ?? 0;
    if (word[end] !== '!') break;
    end += 1;
  }
  const [outer, ...except] = blocks;
  if (outer === undefined) return { code: 'invalid-cidr', message: 'an address block is missing', hint: '' };
  for (const { block, offset } of except) {
    if (isStrictlyInside(block, outer.block)) continue;
    const message = `the exception ${block.text} is not inside ${outer.block.text}`;
    return { code: 'invalid-cidr', message, hint: 'An exception must be a part of its block.', offset };
  }
  const cidr = outer.block.text;
  return { peer: { kind: 'cidr', cidr, except: except.map(({ block }) => block.text) }, end };
}

function checkName(name: string, what: 'service' | 'stack', offset: number): Problem | undefined {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_-]*$/.test(name)) return undefined;
  if (/^[a-zA-Z0-9_*-]+(?:\.[a-zA-Z0-9_-]+)+\.?$/.test(name)) {
    const hint = `A ${what} with a dot in its name is selected by label: {label=value}.`;
    return {
      code: 'reserved-dns-name',
      message: `"${name}": a name with a dot is a DNS name, not a ${what}`,
      hint,
      offset,
    };
  }
  const message = name === '' ? `the name of a ${what} is missing` : `"${name}" is not the name of a ${what}`;
  const hint =
    'Peers are: service, stack/service, {label=value}, stack:name, an address block, group:name, a DNS name, world, any, none.';
  return { code: 'invalid-peer-name', message, hint, offset };
}
