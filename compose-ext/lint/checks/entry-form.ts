import { formatPortMatch } from '../../syntax/port-match.ts';
import { parseCidr } from '../../syntax/cidr.ts';
import { portCovers } from '../covers.ts';
import { formatEntry } from '../../label/format-label.ts';
import type { LabelEntry } from '../../label/label-grammar.ts';
import { labelWords, replaceWord } from '../label-words.ts';
import type { LintRule } from '../lint-rule.ts';

export const entryForm: LintRule = {
  id: 'entry-form',
  severity: 'info',
  scope: 'stack',
  summary: 'an entry of a label is written in a misleading way, or says a port twice',
  *check(file, { sources }) {
    for (const { annotation, index, text, at } of labelWords(file)) {
      const entry = annotation.parsed.entries[index];
      const reason = entry && oddity(entry, text);
      if (entry === undefined || reason === undefined) continue;
      const plain = formatEntry({ ...entry, ports: entry.ports.filter(isWanted) });
      const edit = replaceWord(sources, at, text, plain);
      yield {
        at,
        within: annotation.origin,
        message: `"${text}" ${reason}`,
        hint: `Write ${plain}.`,
        ...(edit ? { fix: { title: `${text} → ${plain}`, edits: [edit] } } : {}),
      };
    }
  },
};

/** Undefined: fine as it is. */
function oddity({ peer, ports }: LabelEntry, text: string): string | undefined {
  const hostBits =
    peer.kind === 'cidr' ? [...text.matchAll(/[0-9a-fA-F:.]+\/\d+/g)].find(hasHostBits) : undefined;
  if (hostBits !== undefined) return `means the block ${parseCidr(hostBits[0])?.text ?? ''}`;
  const twice = ports.find((port, index) => !isWanted(port, index, ports));
  if (twice !== undefined) return `says port ${formatPortMatch(twice)} twice`;
  if (/[:,](\d+)-\1(?=$|[,/])/.test(text)) return 'has a range of one port';
  return undefined;
}

function hasHostBits([written]: RegExpMatchArray): boolean {
  const block = parseCidr(written);
  const [address = '', prefix] = written.split('/');
  return (
    block !== undefined && block.text !== `${parseCidr(address)?.text.split('/')[0] ?? ''}/${prefix ?? ''}`
  );
}

/** Of two ports that cover each other the first stays. */
function isWanted(port: LabelEntry['ports'][number], index: number, all: LabelEntry['ports']): boolean {
  return !all.some(
    (other, at) => at !== index && portCovers(other, port) && (at < index || !portCovers(port, other)),
  );
}
