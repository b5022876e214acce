import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { judgeReport } from '../../../rules/report/judge-report.ts';
import { type Report, SEVERITIES, type Severity } from '../../../rules/report/report.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import { gatherReport } from '../report/gather-facts.ts';
import { reportHtml } from '../report/report-html.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor, type Style } from '../style.ts';

interface ReportOptions extends JsonOption {
  readonly html?: string;
}

export function reportCommand(session: Session): Command {
  return withJson(new Command('report'))
    .summary('for an auditor: what is guarded, what is not, and what to do (managers)')
    .description(
      'Default deny, coverage by policy, encryption, host firewalls, admission and logs of the whole cluster as it is now,\n' +
        'with findings by severity and their remedies. Exit code 0: nothing critical or high. 1: something is.',
    )
    .option('--html <file>', 'write it as one self-contained page; - is standard output')
    .addHelpText(
      'after',
      examples(session, [
        ['report', 'the findings'],
        ['report --html report.html', 'a page to read, send and print'],
        ["report --json | jq '.findings[]'", 'for machines'],
      ]),
    )
    .action(action(session, (options: ReportOptions) => makeReport(session, options)));
}

async function makeReport(session: Session, { html, json }: ReportOptions): Promise<ExitCode> {
  const { io } = session;
  if (html === '-' && json)
    throw new CliFailure('bad-usage', '--json and --html - both want standard output');
  const facts = await withProgress(io, 'asking the controller', () => gatherReport(session));
  const report = judgeReport(facts);
  if (html === '-') io.stdout.write(reportHtml(report));
  else if (html !== undefined) await write(resolve(io.cwd, html), reportHtml(report));
  if (json) printJson(io, report);
  else if (html === undefined) print(session, report);
  return report.summary.findings.critical + report.summary.findings.high > 0 ? 1 : 0;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure('unwritable-file', `${path} can't be written: ${why}`, { cause: error });
  }
}

function paint(style: Style, severity: Severity): string {
  if (severity === 'low') return style.blue(severity);
  return severity === 'medium' ? style.yellow(severity) : style.red(style.bold(severity));
}

function print({ io }: Session, { findings, summary }: Report): void {
  const style = styleFor(io, io.stdout);
  for (const { severity, code, subject, message, remedy } of findings) {
    io.stdout.write(`${paint(style, severity)} ${style.dim(code)} ${printable(`${subject}: ${message}`)}\n`);
    io.stdout.write(`  ${style.cyan('remedy:')} ${printable(remedy)}\n`);
  }
  if (findings.length > 0) io.stdout.write('\n');
  const { services, ingressDenied, egressDenied, nodes, nodesEnforced } = summary;
  io.stdout.write(
    `denied by default: ingress of ${ingressDenied} and egress of ${egressDenied} of ${services} services; ${nodesEnforced} of ${nodes} nodes enforce it\n` +
      `findings: ${SEVERITIES.map((severity) => `${summary.findings[severity]} ${severity}`).join(', ')}\n`,
  );
}
