import type { ProbeAnswer } from '../../../rules/probe.ts';
import type { CliIo } from '../io.ts';
import { printColumns } from '../print-columns.ts';
import { asJson, printJsonList } from '../print-json-list.ts';
import { styleFor } from '../style.ts';

/** Policies named in a row; all are in the JSON. */
const NAMED = 3;

function policiesOf({ policies, note }: ProbeAnswer): string {
  const named = policies.slice(0, NAMED).map(({ name, stack, file, line, column }) => {
    return `${stack}/${name}${file && ` (${file}:${line}:${column})`}`;
  });
  const more = policies.length > NAMED ? [`${policies.length - NAMED} more`] : [];
  return [...named, ...more, ...(note ? [note] : [])].join(', ');
}

export function printProbes(io: CliIo, answers: readonly ProbeAnswer[], json: boolean): void {
  if (json) {
    printJsonList(io.stdout, asJson(answers));
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
