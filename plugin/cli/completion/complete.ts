import type { Argument, Command, Option } from 'commander';

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** File names may follow. */
  readonly files: boolean;
}

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Names that only the files or the cluster know; `words` are those before the current one. */
export type NameSource = (kind: NameKind, words: readonly string[]) => Promise<readonly string[]>;
export type NameKind = 'endpoint' | 'stack' | 'policy' | 'verb' | 'resource';

/** By the placeholder of an option or argument. */
const NAMED: Readonly<Record<string, NameKind>> = {
  FROM: 'endpoint',
  TO: 'endpoint',
  STACK: 'stack',
  POLICY: 'policy',
  VERB: 'verb',
  RESOURCE: 'resource',
};

const NOTHING: Completion = { candidates: [], files: false };
const FILES: Completion = { candidates: [], files: true };

function optionFor(command: Command, word: string): Option | undefined {
  return command.options.find((option) => option.long === word || option.short === word);
}

function takesValue(option: Option | undefined): boolean {
  return option !== undefined && (option.required || option.optional);
}

/** Positional words typed so far, options and their values left out. */
function positionals(command: Command, words: readonly string[]): readonly string[] {
  return words.filter(
    (word, at) => !word.startsWith('-') && !takesValue(optionFor(command, words[at - 1] ?? '')),
  );
}

async function values(
  of: Option | Argument | undefined,
  words: readonly string[],
  names: NameSource,
): Promise<Completion> {
  if (!of) return NOTHING;
  if (of.argChoices)
    return { candidates: of.argChoices.map((value) => ({ value, description: '' })), files: false };
  const placeholder = 'flags' in of ? of.flags.replace(/^[^<[]*/u, '') : of.name();
  const name = placeholder.replace(/[<>[\]….]/gu, '').toUpperCase();
  if (['FILE', 'FILES', 'OUT', 'STACK=FILE'].includes(name)) return FILES;
  const kind = NAMED[name];
  if (kind === undefined) return NOTHING;
  const found = await names(kind, words);
  return { candidates: found.map((value) => ({ value, description: '' })), files: false };
}

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ value: option.long ?? option.flags, description: option.description }));
}

function argumentAt(command: Command, at: number): Argument | undefined {
  const known = command.registeredArguments;
  return known[at] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
}

const isCalled =
  (word: string | undefined) =>
  (command: Command): boolean =>
    command.name() === word;

function commandsOf(parent: Command, current: string): Completion {
  const commands = parent
    .createHelp()
    .visibleCommands(parent)
    .map((each) => ({ value: each.name(), description: each.summary() || each.description() }));
  return { candidates: [...commands, ...(current.startsWith('-') ? optionsOf(parent) : [])], files: false };
}

/** What may come at the cursor, from the tree of commands itself. */
export async function complete(
  program: Command,
  words: readonly string[],
  current: string,
  names: NameSource,
): Promise<Completion> {
  let command = program;
  let left = words;
  for (let inner = command.commands.find(isCalled(left[0])); inner;) {
    [command, left] = [inner, left.slice(1)];
    inner = command.commands.find(isCalled(left[0]));
  }
  const found =
    command.commands.length === 0
      ? await completeIn(command, left, current, names)
      : left.length > 0
        ? NOTHING
        : commandsOf(command, current);
  return { ...found, candidates: found.candidates.filter(({ value }) => value.startsWith(current)) };
}

async function completeIn(
  command: Command,
  words: readonly string[],
  current: string,
  names: NameSource,
): Promise<Completion> {
  const before = optionFor(command, words.at(-1) ?? '');
  if (takesValue(before)) return values(before, words, names);
  const argument = argumentAt(command, positionals(command, words).length);
  if (current.startsWith('-')) return { candidates: optionsOf(command), files: false };
  return values(argument, words, names);
}

export function printCompletion({ candidates, files }: Completion): string {
  const lines = candidates.map(({ value, description }) =>
    description ? `${value}\t${description}` : value,
  );
  return [...lines, files ? ':0' : ':4', ''].join('\n');
}
