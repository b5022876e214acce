import { domainToASCII } from 'node:url';
import type { Problem } from './label/label-peer.ts';

/** What looks like a DNS name in a label: a service's name has no dot. Anything else is not looked at as one. */
const LOOKS_LIKE_NAME = /^[^\s/{}!,:[\]]*\.[^\s/{}!,:[\]]*$/u;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const MOST = 253;
/** Under a country's code these are as public as "com" is. */
const REGISTRIES = new Set(
  'ac asso biz co com edu firm gen go gob gouv gov gub id info ltd me mil name ne net nhs nom or org plc sch web'.split(
    ' ',
  ),
);

export function looksLikeDnsName(text: string): boolean {
  return LOOKS_LIKE_NAME.test(text) || /^\*\.?$/.test(text);
}

/**
 * The name in small letters and without a dot at its end, or why it is none. `*.` at its start means every name below
 * it, any number of labels deep, but not the name itself.
 */
export function readDnsName(text: string): string | Problem {
  const name = text.toLowerCase().replace(/(?<=[^.])\.$/, '');
  const fail = (message: string, hint: string): Problem => ({ code: 'invalid-dns-name', message, hint });
  if (/[^\0-\x7f]/u.test(name)) {
    const ascii = domainToASCII(name);
    const hint = ascii === '' ? 'Write it as DNS carries it (xn--…).' : `Write ${ascii}, as DNS carries it.`;
    return fail(`"${text}" is not in ASCII`, hint);
  }
  const wild = name.startsWith('*.');
  const labels = (wild ? name.slice(2) : name).split('.');
  if (name === '*' || name === '*.') return fail(`"${text}" is every name there is`, 'Write "world".');
  if (labels.some((label) => label.includes('*'))) {
    const hint = 'Write *.example.com: one "*" at the start, for all that is below the name.';
    return fail(`"${text}" has a "*" where none can be`, hint);
  }
  if (wild && isPublic(labels)) {
    const hint = `Name a domain of somebody's: *.example.${labels.join('.')}.`;
    return fail(`"${text}" is every name under a public registry`, hint);
  }
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || name.length > MOST || !labels.every((label) => LABEL.test(label)))
    return fail(`"${text}" is not a DNS name`, 'Names look like api.example.com or *.example.org.');
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(last))
    return fail(`"${text}" is neither a DNS name nor an address`, 'An address is 10.0.0.1, or 10.0.0.0/8.');
  if (labels[0] === 'tasks' && labels.length === 2) {
    const hint = `Write ${last}: rules about a service hold for each of its tasks.`;
    return fail(`"${text}" is Docker's own name for the tasks of a service`, hint);
  }
  return name;
}

/** Who connects is known by address: what names it has only its own DNS says. */
export function incomingName(name: string): Problem {
  return {
    code: 'dns-name-outgoing-only',
    message: `"${name}" is a DNS name, and those are for egress only`,
    hint: 'Name the addresses that may connect: 203.0.113.0/24.',
  };
}

function isPublic(labels: readonly string[]): boolean {
  const [second = '', top = ''] = labels;
  return labels.length === 1 || (labels.length === 2 && top.length === 2 && REGISTRIES.has(second));
}

/** Whether a name of DNS, in small letters and without a dot at its end, is one that a policy's name means. */
export function meansDnsName(pattern: string, name: string): boolean {
  return pattern.startsWith('*.')
    ? name.length > pattern.length - 1 && name.endsWith(pattern.slice(1))
    : name === pattern;
}
