import { Command } from 'commander';
import type { ExitCode } from '../failure.ts';
import { readStore } from '../policy/open-store.ts';
import { printProblems } from '../policy/print-problems.ts';
import { ago } from '../ago.ts';
import { table } from '../print-table.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';
import { listed, type ListedPolicy } from '../policy/listed.ts';

export function listCommand(session: Session): Command {
  return withJson(new Command('list'))
    .summary('the policies, groups, roles and bindings in force')
    .description(
      'Lists what is in force: cluster policies in the order in which they are looked at (Admin, Baseline), then\n' +
        'groups, roles, bindings, admission and audit policies.',
    )
    .addHelpText('after', examples(session, [['policy list', 'on a manager']]))
    .action(action(session, (options: JsonOption) => list(session, options)));
}

async function list(session: Session, options: JsonOption): Promise<ExitCode> {
  const { io, world } = session;
  const stored = await withProgress(io, 'asking the swarm', () => readStore(session));
  const found = listed(stored);
  if (options.json) {
    printJson(io, found);
    return 0;
  }
  const now = world.clock.now();
  const head = ['NAME', 'KIND', 'TIER', 'PRIORITY', 'SIZE', 'VERSION', 'CHANGED', 'BY'];
  if (found.length === 0) io.stdout.write('no policies are stored\n');
  else
    io.stdout.write(
      table(
        head,
        found.map((each) => row(each, now)),
        styleFor(io, io.stdout).dim,
      ),
    );
  printProblems(io, io.stderr, stored.problems);
  return 0;
}

function row(each: ListedPolicy, now: number): string[] {
  return [
    ...[each.name, kindOf(each), each.tier ?? '-', String(each.priority ?? '-'), sizeOf(each)],
    String(each.version),
    ago(each.at, now),
    printable(each.by ?? '-'),
  ];
}

function kindOf({ kind, writtenKind, stack }: ListedPolicy): string {
  if (kind === 'policy' || kind === 'group' || kind === 'settings') return kind;
  return stack === undefined ? writtenKind : `${writtenKind} (${printable(stack)})`;
}

function sizeOf({ blocks, rules, subjects }: ListedPolicy): string {
  if (blocks !== undefined) return plural(blocks, 'block');
  if (subjects !== undefined) return plural(subjects, 'subject');
  return rules === undefined ? '-' : plural(rules, 'rule');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
