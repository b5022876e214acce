import { nodeWarnings } from '../../deploy/describe.ts';
import type { NodeStatus } from '../../api/types.ts';
import type { Settled } from '../../deploy/settle.ts';
import type { Changed } from '../../policy-store/change-policies.ts';
import type { PolicyWrite } from '../../policy-store/plan-writes.ts';
import type { ExitCode } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { printJson } from '../session.ts';
import { styleFor } from '../style.ts';

export interface ChangedOutcome extends Changed {
  readonly by: string;
  /** Absent when nothing was waited for. */
  readonly settled?: Settled;
  /** What nodes take back unless somebody confirms it. */
  readonly unconfirmed?: readonly string[];
}

const DONE = { created: 'created', changed: 'changed', removed: 'removed', 'rolled-back': 'rolled back' };
const WOULD = { created: 'create', changed: 'change', removed: 'remove', 'rolled-back': 'roll back' };

function detail({ version, from }: PolicyWrite): string {
  return `version ${version}${from === undefined ? '' : `, a copy of version ${from}`}`;
}

/** `--json`: what is stored of each is what `policy show` tells. */
function written({ name, kind, change, version, from }: PolicyWrite): object {
  return { name, kind, change, version, ...(from === undefined ? {} : { from }) };
}

export function printPlanned(io: CliIo, { writes, unchanged }: Changed, json: boolean): ExitCode {
  if (json) {
    printJson(io, { dryRun: true, changes: writes.map(written), unchanged });
    return 0;
  }
  for (const write of writes)
    io.stdout.write(`would ${WOULD[write.change]} ${write.name} (${detail(write)})\n`);
  printUnchanged(io, unchanged);
  return 0;
}

/** 2 when the nodes do not have it in time: it is stored all the same. */
export function printChanged(io: CliIo, outcome: ChangedOutcome, json: boolean): ExitCode {
  const { writes, unchanged, by, settled, unconfirmed = [] } = outcome;
  const nodes = settled && 'nodes' in settled ? settled.nodes : [];
  const behind = settled?.state === 'timed-out' ? settled.behind : [];
  const elsewhere = nodes
    .filter(({ state, subscribed }) => state === 'connected' && !subscribed)
    .map(
      ({ hostname }) => `${hostname} takes its policy from another manager: ask there whether it has this`,
    );
  const warnings = [...outcome.warnings, ...nodeWarnings(nodes, false), ...elsewhere, ...behind];
  const exitCode = settled?.state === 'timed-out' ? 2 : 0;
  if (json) {
    printJson(io, {
      ...{ dryRun: false, changes: writes.map(written), unchanged, by },
      ...{ enforced: settled?.state ?? 'not-waited', behind, warnings },
      ...(unconfirmed.length > 0 && { unconfirmed }),
      nodes: nodes.map(({ hostname, state, revision, current }) => ({ hostname, state, revision, current })),
    });
    return exitCode;
  }
  const style = styleFor(io, io.stdout);
  for (const write of writes)
    io.stdout.write(`${style.green('✓')} ${write.name}: ${DONE[write.change]}, ${detail(write)}\n`);
  printUnchanged(io, unchanged);
  if (settled?.state === 'settled') {
    const count = nodes.filter(({ subscribed }) => subscribed).length;
    io.stdout.write(`${style.green('✓')} enforced on ${count} node${count === 1 ? '' : 's'}\n`);
  }
  if (settled?.state === 'timed-out')
    io.stdout.write(`${style.red('✗')} stored, and not enforced everywhere yet: swarmwall status\n`);
  if (settled?.state === 'no-controller')
    warnings.push(
      'no controller runs on this node, so nobody says whether it is enforced: swarmwall status on a manager',
    );
  if (unconfirmed.length > 0) printTrial(io, unconfirmed, nodes);
  const warn = styleFor(io, io.stderr);
  for (const warning of warnings) io.stderr.write(`${warn.yellow('warning:')} ${warning}\n`);
  return exitCode;
}

function printTrial(io: CliIo, names: readonly string[], nodes: readonly NodeStatus[]): void {
  const trying = nodes.filter(({ health }) => health?.hostFirewall?.state === 'trial');
  const where = trying.length === 0 ? '' : ` on ${trying.map(({ hostname }) => hostname).join(', ')}`;
  io.stdout.write(
    `${styleFor(io, io.stdout).yellow('!')} ${names.join(', ')}: tried${where}, and taken back by itself unless confirmed.\n` +
      '  Connect to each node anew (what is open already stays open), then: ' +
      `swarmwall policy confirm ${names.join(' ')}\n`,
  );
}

function printUnchanged(io: CliIo, names: readonly string[]): void {
  for (const name of names) io.stdout.write(`  ${name}: unchanged\n`);
}
