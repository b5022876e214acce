import { percentDecode } from './percent.ts';
import { Refusal, shown } from './refusal.ts';

export type Query = ReadonlyMap<string, readonly string[]>;

/** What some handler reads as a list (moby: `r.Form["t"]` and so on); of all others the first counts. */
const LISTS = new Set([
  't',
  'names',
  'changes',
  'platform',
  'type',
  'cachefrom',
  'extrahosts',
  'outputs',
  'securityopt',
]);

/**
 * As url.ParseQuery reads it. Refused: `;` (a separator until Go 1.17, an error since), escapes that Go leaves out, and
 * a parameter given twice where one is asked for.
 */
export function readQuery(raw: string): Query {
  const query = new Map<string, string[]>();
  if (raw.includes(';'))
    throw new Refusal('decode/query', 'the query has a ";", which engines read in two ways', 'Write "%3B".');
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = percentDecode(at < 0 ? pair : pair.slice(0, at), true);
    const value = percentDecode(at < 0 ? '' : pair.slice(at + 1), true);
    if (key === undefined || value === undefined)
      throw new Refusal('decode/query', `the query has an escape that is no UTF-8 text: ${shown(pair)}`);
    const before = query.get(key);
    if (before && !LISTS.has(key))
      throw new Refusal('decode/repeated-parameter', `the parameter ${shown(key)} is given twice`);
    if (before) before.push(value);
    else query.set(key, [value]);
  }
  return query;
}
