import { LINT_RULES } from '../../../compose-ext/index.ts';
import type { CliIo } from '../io.ts';
import { table } from '../print-table.ts';
import { printJson } from '../session.ts';
import { styleFor } from '../style.ts';

/** Every rule: its id, what it is by default, and what it finds. */
export function printRules(io: CliIo, json: boolean, docsUrl: string): void {
  if (json) {
    const rules = LINT_RULES.map(({ id, severity, summary }) => ({
      id,
      severity,
      summary,
      docs: `${docsUrl}/lint.md#${id}`,
    }));
    printJson(io, rules);
    return;
  }
  const rows = LINT_RULES.map(({ id, severity, summary }) => [id, severity, summary]);
  io.stdout.write(table(['RULE', 'SEVERITY', 'FINDS'], rows, styleFor(io, io.stdout).bold));
}
