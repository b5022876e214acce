import type { DecidingPolicy, ProbeAnswer } from '../../../rules/probe.ts';
import type { CliIo } from '../io.ts';
import { printColumns } from '../print-columns.ts';
import { printJsonList } from '../print-json-list.ts';
import { remembered } from '../remembered.ts';
import { styleFor } from '../style.ts';

/** Policies named in a row; all are in the JSON. */
const NAMED = 3;

function policiesOf({ policies, note }: ProbeAnswer): string {
  const named = policies.slice(0, NAMED).map(({ name, stack, cluster, file, line, column }) => {
    return `${cluster ? `cluster policy ${name}` : `${stack}/${name}`}${file && ` (${file}:${line}:${column})`}`;
  });
  const more = policies.length > NAMED ? [`${policies.length - NAMED} more`] : [];
  return [...named, ...more, ...(note ? [note] : [])].join(', ');
}

/** A policy is the same object in each answer that it decides. */
function* answersAsJson(answers: readonly ProbeAnswer[]): Generator<string> {
  const policy = remembered((each: DecidingPolicy) => JSON.stringify(each));
  for (const { policies, ...rest } of answers)
    yield `${JSON.stringify(rest).slice(0, -1)},"policies":[${policies.map(policy).join(',')}]}`;
}

export function printProbes(io: CliIo, answers: readonly ProbeAnswer[], json: boolean): void {
  if (json) {
    printJsonList(io.stdout, answersAsJson(answers));
    io.stdout.write('\n');
    return;
  }
  const style = styleFor(io, io.stdout);
  const rows = answers.map((answer) => [
    answer.src,
    answer.dst,
    `${answer.port}/${answer.protocol.toLowerCase()}`,
    answer.allowed ? 'allowed' : 'denied',
    answer.egress,
    answer.ingress,
    policiesOf(answer),
  ]);
  const paint = (text: string): string => (text === 'allowed' ? style.green(text) : style.red(text));
  printColumns(io.stdout, ['SRC', 'DST', 'PORT', 'ANSWER', 'EGRESS', 'INGRESS', 'POLICIES'], rows, {
    head: style.bold,
    cell: (text, column) => (column === 3 ? paint(text) : text),
  });
}
