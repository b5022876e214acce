import { Command } from 'commander';
import type { ControllerStatus } from '../../api/types.ts';
import { LABELS } from '../../policy-store/labels.ts';
import { isTried, unconfirmed } from '../../policy-store/node-policies.ts';
import { readStoredPolicies, type PolicyHistory } from '../../policy-store/stored-policies.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { awaitKept, type Kept } from '../policy/await-kept.ts';
import { historyOf, openStore } from '../policy/open-store.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { styleFor } from '../style.ts';

export function confirmCommand(session: Session): Command {
  return withJson(
    new Command('confirm')
      .summary('keep node policies that are tried')
      .description(
        'Says that the nodes can still be reached with the node policies in force, so that they keep them. Without it each\n' +
          'takes a change back by itself, after its rollbackAfter.',
      )
      .argument('[policy...]', 'names of node policies; none: all that are tried'),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy confirm ssh', 'after you connected to each node anew'],
        ['policy confirm', 'all that are tried'],
      ]),
    )
    .action(
      action(session, (names: readonly string[], options: JsonOption) => confirm(session, names, options)),
    );
}

async function confirm(session: Session, names: readonly string[], { json }: JsonOption): Promise<ExitCode> {
  const { io, world } = session;
  const store = await openStore(session);
  const stored = readStoredPolicies(await withProgress(io, 'asking the swarm', () => store.policyConfigs()));
  for (const name of names) historyOf(stored, name);
  const waiting = wanted(unconfirmed(stored), names);
  const status = () => world.getApi<ControllerStatus>('controller', '/v1/status');
  refuseTakenBack(waiting, await status());
  // Groups first: a policy is not to be kept without those that it speaks of.
  for (const { inForce } of [...waiting].sort((a, b) => Number(isTried(a)) - Number(isTried(b))))
    if (inForce !== undefined) await store.labelConfig(inForce.id, LABELS.confirmed, world.author());
  const kept = await withProgress(io, 'waiting for the nodes', () =>
    awaitKept(
      status,
      waiting.map(({ name }) => name),
      world.clock,
    ),
  );
  const confirmed = waiting.map(({ name, inForce }) => ({ name, version: inForce?.version ?? 0 }));
  if (json === true) printJson(io, { confirmed, ...kept });
  else print(session, confirmed, names, kept);
  return kept.state === 'timed-out' ? 2 : 0;
}

/** Those named, and the groups with them: groups are tried because of policies. */
function wanted(waiting: readonly PolicyHistory[], names: readonly string[]): readonly PolicyHistory[] {
  if (names.length === 0) return waiting;
  const asked = waiting.filter(({ name }) => names.includes(name));
  const groups = new Set(
    asked.flatMap(({ inForce }) =>
      inForce?.content.kind === 'document' && inForce.content.document.kind === 'node'
        ? inForce.content.document.groups.map(({ name }) => name)
        : [],
    ),
  );
  return waiting.filter((history) => asked.includes(history) || groups.has(history.name));
}

/** Whoever could not get in could not confirm either: to keep now what nobody tries any more may lock all out. */
function refuseTakenBack(waiting: readonly PolicyHistory[], status: ControllerStatus | undefined): void {
  const names = waiting.map(({ name }) => name);
  const removes = waiting.some(({ inForce }) => inForce?.content.kind === 'removed');
  const nodes = (status?.nodes ?? []).filter(({ health }) => {
    const firewall = health?.hostFirewall;
    if (firewall?.state !== 'rolled-back') return false;
    return removes || (firewall.tried ?? []).some((name) => names.includes(name));
  });
  if (nodes.length === 0) return;
  const where = nodes.map(({ hostname }) => hostname).join(', ');
  throw new CliFailure(
    'taken-back',
    `${where} took it back already: nobody tries it now; nothing was changed`,
    {
      hint: 'Apply it again, connect to each node anew, then confirm.',
    },
  );
}

function print(
  { io }: Session,
  confirmed: readonly { readonly name: string; readonly version: number }[],
  names: readonly string[],
  kept: Kept,
): void {
  const style = styleFor(io, io.stdout);
  for (const { name, version } of confirmed)
    io.stdout.write(`${style.green('✓')} ${name}: confirmed, version ${version}\n`);
  for (const name of names)
    if (!confirmed.some((each) => each.name === name)) io.stdout.write(`  ${name}: nothing to confirm\n`);
  if (confirmed.length === 0 && names.length === 0) io.stdout.write('nothing waits to be confirmed\n');
  if (kept.state === 'timed-out')
    io.stdout.write(`${style.red('✗')} not known on ${kept.behind.join(', ')} yet: swarmwall status\n`);
  if (kept.state === 'no-controller' && confirmed.length > 0)
    io.stderr.write(
      `${styleFor(io, io.stderr).yellow('warning:')} no controller runs here, so nobody says whether nodes took it back: swarmwall status on a manager\n`,
    );
}
