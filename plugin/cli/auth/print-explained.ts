import type { Objection } from '../../../rules/authz/decision.ts';
import { covers } from '../../../rules/authz/roles/find-grant.ts';
import type { ExitCode } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { printJson } from '../session.ts';
import { printable, styleFor, type Style } from '../style.ts';
import {
  describeBinding,
  describeGrant,
  describeQuestion,
  describeRequester,
  describeRole,
  grantJson,
  requesterJson,
} from './describe.ts';
import type { Explained } from './explain-request.ts';

export function printExplained(io: CliIo, explained: Explained, json: boolean): ExitCode {
  const { allowed, operation, requester, refused } = explained;
  if (json) {
    printJson(io, toJson(explained));
    return allowed ? 0 : 1;
  }
  const style = styleFor(io, io.stdout);
  const say = (text: string): void => io.stdout.write(`${text}\n`);
  say(`${describeQuestion(operation)} (${operation.id}), as ${describeRequester(requester)}`);
  if (refused !== undefined) {
    say('\nReading it');
    sayObjections(say, style, [refused]);
  } else {
    say('\nRoles');
    sayRoles(say, style, explained);
    for (const [title, objections] of [
      ['Protection', explained.protection],
      ['Admission', explained.admission],
    ] as const) {
      say(`\n${title}`);
      if (objections.length === 0) say(`  ${style.green('✓')} nothing objects`);
      sayObjections(say, style, objections);
    }
  }
  say(`\n${allowed ? style.green('allowed') : style.red('refused')}`);
  return allowed ? 0 : 1;
}

function sayRoles(say: (text: string) => void, style: Style, { bound, answers, roles }: Explained): void {
  for (const { binding, role } of bound) {
    const everybodys = answers.length === 0;
    const fits =
      everybodys || role?.rules.some((rule) => answers.some(({ question }) => covers(rule, question)));
    const said =
      role === undefined
        ? `${binding.role.kind} ${binding.role.name}, which is not there`
        : `${describeRole(role)}${fits ? '' : ': says nothing of this'}`;
    say(style.dim(`  bound by ${describeBinding(binding)} to ${said}`));
  }
  for (const { question, grant, reference } of answers) {
    const why = reference === undefined ? '' : ` (it refers to ${printable(reference)})`;
    say(
      grant === undefined
        ? `  ${style.red('✗')} ${describeQuestion(question)}${question.stack === undefined ? ', of no stack' : ''}${why}: no role grants it`
        : `  ${style.green('✓')} ${describeQuestion(question)}${why}: ${describeGrant(grant)}`,
    );
  }
  if (answers.length === 0 && roles.length === 0) say(`  ${style.green('✓')} everybody may`);
  sayObjections(
    say,
    style,
    roles.filter(({ code }) => code !== 'role/none'),
  );
}

function sayObjections(say: (text: string) => void, style: Style, objections: readonly Objection[]): void {
  for (const { code, message, hint, policy, mode } of objections) {
    const mark = mode === 'enforce' ? style.red('✗') : style.yellow(`! ${mode}:`);
    say(`  ${mark} ${printable(message)} ${style.dim(`[${code}, ${policy}]`)}`);
    if (hint) say(`    ${printable(hint)}`);
  }
}

function toJson({ requester, bound, answers, ...rest }: Explained): object {
  return {
    as: requesterJson(requester),
    ...rest,
    bound: bound.map(({ binding, role }) => ({
      ...{ binding: binding.name, stack: binding.stack, origin: binding.origin },
      ...{ role: binding.role, exists: role !== undefined },
    })),
    needs: answers.map(({ question, grant, reference }) => ({
      ...question,
      ...(reference === undefined ? {} : { reference }),
      granted: grant !== undefined,
      ...(grant && { by: grantJson(grant) }),
    })),
  };
}
