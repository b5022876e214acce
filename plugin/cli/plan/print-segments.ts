import type { Compiled, ComposeFile } from '../../../compose-ext/index.ts';
import type { CliIo } from '../io.ts';
import { table } from '../print-table.ts';
import { styleFor } from '../style.ts';

interface Shown {
  readonly name: string;
  readonly members: readonly string[];
  readonly internal: boolean;
  readonly encrypted: boolean;
}

/** Pairs shown by name; more are only counted. */
const PAIRS_SHOWN = 20;

export function printSegments(
  io: CliIo,
  { stack, annotated }: ComposeFile,
  { segments, external, pairsKeptApartByRulesOnly: apart }: Compiled,
): void {
  const style = styleFor(io, io.stdout);
  const say = (text: string): void => io.stdout.write(`${text}\n`);
  const shorten = (key: string): string => (key.startsWith(`${stack}/`) ? key.slice(stack.length + 1) : key);
  const row = ({ name, members, internal, encrypted }: Shown, where: string): string[] => [
    name,
    where,
    internal ? 'internal' : 'world',
    encrypted ? 'encrypted' : style.yellow('plain'),
    members.map(shorten).join(' '),
  ];
  if (!annotated) {
    say(`${stack} has no annotations: nothing is restricted, and its networks stay as written`);
    return;
  }
  if (segments.length + external.length === 0) {
    say('no segments: the networks stay as written, and only the rules keep services apart');
    return;
  }
  io.stdout.write(
    table(
      ['SEGMENT', 'OF', 'REACH', 'WIRE', 'SERVICES'],
      [
        ...segments.map((segment) => row(segment, stack)),
        ...external.map((segment) => row(segment, 'both stacks')),
      ],
      style.bold,
    ),
  );
  if (apart.length === 0) return;
  say(`\n${apart.length} pair${apart.length === 1 ? '' : 's'} kept apart by the rules only:`);
  for (const [one, other] of apart.slice(0, PAIRS_SHOWN)) say(`  ${shorten(one)} ${shorten(other)}`);
  if (apart.length > PAIRS_SHOWN) say(`  … and ${apart.length - PAIRS_SHOWN} more (--json)`);
}
