import type { Direction } from '../../../compose-ext/policy-model.ts';
import type { SideVerdict } from '../../../rules/evaluator.ts';
import type { PortSpan } from '../../../rules/port-set.ts';
import type { DecidingRule } from '../../../rules/network-policy.ts';
import type { CliIo } from '../io.ts';
import { formatSpan } from '../plan/format-span.ts';
import { printable, styleFor } from '../style.ts';
import type { Answer } from './answer.ts';

function place(rule: DecidingRule): string {
  const { file, line, column } = rule.origin;
  const name = rule.cluster ? `cluster policy ${rule.policy}` : rule.policy;
  return printable(file ? `${name} (${file}:${line}:${column})` : name);
}

function listOf(rules: readonly DecidingRule[]): string {
  return [...new Set(rules.map(place))].join(', ');
}

/** Why one side says what it says; `end` is the side's own service. */
export function explainSide(side: SideVerdict, end: string, admitted: readonly PortSpan[]): string {
  const why = explainDecision(side, end, admitted);
  return side.passedBy ? `${why}; passed on by ${place(side.passedBy)}` : why;
}

function explainDecision(side: SideVerdict, end: string, admitted: readonly PortSpan[]): string {
  if (side.deniedBy) return `denied by ${place(side.deniedBy)}`;
  if (side.outcome === 'not-isolated') return end.includes('/') ? 'not isolated' : 'outside the cluster';
  if (side.outcome === 'allowed') return `allowed by ${listOf(side.rules)}`;
  const policies = side.isolatedBy.filter(({ policy }) => policy !== 'default');
  const fallback = side.isolatedBy.find(({ policy }) => policy === 'default');
  if (policies.length === 0 && fallback)
    return `no policy selects ${end}, and the default of stack ${fallback.stack} is deny${at(fallback)}`;
  if (policies.length === 0) return `nothing is known about ${end}`;
  if (admitted.length > 0) return `${listOf(policies)} allows only ${admitted.map(formatSpan).join(', ')}`;
  return `no rule of ${listOf(policies)} allows it`;
}

function at({ origin }: DecidingRule): string {
  return origin.file ? printable(` (${origin.file}:${origin.line}:${origin.column})`) : '';
}

function target(answer: Answer): string {
  if (answer.protocol === 'icmp') return `${answer.to}:icmp`;
  return answer.port === undefined ? answer.to : `${answer.to}:${answer.port}/${answer.protocol ?? 'tcp'}`;
}

function sides(answer: Pick<Answer, Direction>, names: Answer, indent: string): string {
  const { ingress, egress } = names.admitted ?? { ingress: [], egress: [] };
  return (
    `${indent}ingress: ${explainSide(answer.ingress, names.to, ingress)}\n` +
    `${indent}egress:  ${explainSide(answer.egress, names.from, egress)}\n`
  );
}

export function printAnswer(io: CliIo, answer: Answer): void {
  const style = styleFor(io, io.stdout);
  const word = !answer.allowed
    ? style.red(style.bold('denied'))
    : answer.wouldDeny
      ? style.yellow(style.bold('would-deny'))
      : style.green(style.bold('allowed'));
  io.stdout.write(`${word}  ${answer.from} → ${target(answer)}\n`);
  const ports = answer.ports ?? [];
  if (answer.wouldDeny) io.stdout.write('  it passes, and is counted, because the stack is in audit\n');
  if (answer.limit !== undefined) io.stdout.write(`  limit:   ${answer.limit}; what is over it is dropped\n`);
  if (ports.length === 0) io.stdout.write(sides(answer, answer, '  '));
  for (const port of ports)
    io.stdout.write(`  ${style.bold(formatSpan(port.span))}\n${sides(port, answer, '    ')}`);
}
