import type { Diagnostic } from '../../../compose-ext/index.ts';
import type { Done } from '../../deploy/deploy.ts';
import { describePeer, describeStep, nodeWarnings } from '../../deploy/describe.ts';
import type { DeployPlan } from '../../deploy/plan-deploy.ts';
import type { Settled } from '../../deploy/settle.ts';
import type { ExitCode } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { printJson } from '../session.ts';
import { printable, styleFor } from '../style.ts';

export interface Outcome {
  readonly stack: string;
  readonly plan: DeployPlan;
  readonly warnings: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface Deployed extends Outcome {
  readonly done: readonly Done[];
  /** Absent with --no-wait. */
  readonly settled?: Settled;
}

/** What docker 26 and later say of an option that older ones do not have. */
const ABOUT_DETACH = /^(?:Since --detach=false was not specified|In a future release, --detach=false)/u;

function warn(io: CliIo, warnings: readonly string[]): void {
  const style = styleFor(io, io.stderr);
  for (const warning of warnings) io.stderr.write(`${style.yellow('warning:')} ${warning}\n`);
}

export function printDryRun(io: CliIo, outcome: Outcome, json: boolean): ExitCode {
  const { stack, plan, warnings, diagnostics } = outcome;
  const { steps, absentPeers } = plan;
  if (json) {
    printJson(io, { stack, dryRun: true, steps, absentPeers, warnings, diagnostics });
    return 0;
  }
  warn(io, [...warnings, ...absentPeers.map(describePeer)]);
  for (const step of steps) io.stdout.write(`would ${describeStep(step, false)}\n`);
  return 0;
}

/** Whether the nodes have it: 2 when they do not in time, as the stack then runs without its policy. */
export function printDeployed(io: CliIo, outcome: Deployed, json: boolean): ExitCode {
  const { stack, plan, warnings, diagnostics, done, settled } = outcome;
  const nodes = settled && 'nodes' in settled ? settled.nodes : [];
  const behind = settled?.state === 'timed-out' ? settled.behind : [];
  const all = [...warnings, ...plan.absentPeers.map(describePeer), ...nodeWarnings(nodes, false), ...behind];
  const exitCode = settled?.state === 'timed-out' ? 2 : 0;
  if (json) {
    printJson(io, {
      ...{ stack, dryRun: false, steps: done.map(({ step }) => step), absentPeers: plan.absentPeers },
      ...{ enforced: settled?.state ?? 'not-waited', behind, warnings: all, diagnostics },
      nodes: nodes.map(({ hostname, state, revision, current }) => ({ hostname, state, revision, current })),
    });
    return exitCode;
  }
  const style = styleFor(io, io.stdout);
  for (const { step, output } of done) {
    io.stdout.write(`${style.green('✓')} ${describeStep(step, true)}\n`);
    for (const line of output.split('\n'))
      if (line.trim() && !ABOUT_DETACH.test(line)) io.stdout.write(style.dim(`    ${printable(line)}\n`));
  }
  if (settled?.state === 'settled') {
    const count = nodes.filter(({ state }) => state === 'connected').length;
    io.stdout.write(`${style.green('✓')} enforced on ${count} node${count === 1 ? '' : 's'}\n`);
  }
  if (settled?.state === 'timed-out')
    io.stdout.write(`${style.red('✗')} not enforced everywhere yet: swarmwall status\n`);
  if (settled?.state === 'no-controller')
    all.push('no controller runs on this node, so nobody says whether it is enforced: swarmwall controller');
  warn(io, all);
  return exitCode;
}
