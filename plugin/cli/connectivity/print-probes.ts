import type { ProbeAnswer } from '../../../rules/probe.ts';
import type { DecidingPolicy } from '../../../rules/probe-policies.ts';
import type { CliIo } from '../io.ts';
import { printColumns } from '../print-columns.ts';
import { printJsonList } from '../print-json-list.ts';
import { remembered } from '../remembered.ts';
import { styleFor } from '../style.ts';

/** Policies named in a row; all are in the JSON. */
const NAMED = 3;

function policiesOf({ policies: { egress, ingress }, note }: ProbeAnswer): string {
  const policies = [...egress, ...ingress];
  const named = policies.slice(0, NAMED).map(({ name, stack, cluster, file, line, column }) => {
    return `${cluster ? `cluster policy ${name}` : `${stack}/${name}`}${file && ` (${file}:${line}:${column})`}`;
  });
  const more = policies.length > NAMED ? [`${policies.length - NAMED} more`] : [];
  return [...named, ...more, ...(note ? [note] : [])].join(', ');
}

/** Lists of policies are shared between the answers that they decide. */
function* answersAsJson(answers: Iterable<ProbeAnswer>): Generator<string> {
  const items = remembered((policies: readonly DecidingPolicy[]) => JSON.stringify(policies).slice(1, -1));
  for (const { policies, ...rest } of answers) {
    const [egress, ingress] = [items(policies.egress), items(policies.ingress)];
    const comma = egress && ingress && ',';
    yield `${JSON.stringify(rest).slice(0, -1)},"policies":[${egress}${comma}${ingress}]}`;
  }
}

export function printProbes(io: CliIo, answers: Iterable<ProbeAnswer>, json: boolean): void {
  if (json) {
    printJsonList(io.stdout, answersAsJson(answers));
    io.stdout.write('\n');
    return;
  }
  const style = styleFor(io, io.stdout);
  const rows = Array.from(answers, (answer) => [
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
