import type { PolicyProblem } from '../../policy-store/stored-policies.ts';
import type { CliIo, TextSink } from '../io.ts';
import { printable, styleFor } from '../style.ts';

/** What is stored and wrong: nothing that Swarmwall itself wrote is. */
export function printProblems(io: CliIo, sink: TextSink, problems: readonly PolicyProblem[]): void {
  const style = styleFor(io, sink);
  for (const { config, code, message } of problems)
    sink.write(`${style.yellow('warning:')} ${printable(config)} ${style.dim(code)} ${printable(message)}\n`);
}
