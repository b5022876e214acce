import { DEFAULT_SETTINGS, type ClusterSettings } from '../../../compose-ext/cluster-policy/settings.ts';
import { lagOf } from '../../api/lag.ts';
import type { AgentStatus, ControllerStatus, LocalContainers, NodeStatus } from '../../api/types.ts';
import { sayNoFlows } from '../../agent/flows/reader-protocol.ts';
import type { AgentHealth } from '../../protocol.ts';
import { ago } from '../ago.ts';
import type { CliIo } from '../io.ts';
import { table } from '../print-table.ts';
import { printProblems } from '../policy/print-problems.ts';
import { printable, styleFor } from '../style.ts';
import type { Style } from '../style.ts';
import { hostFirewall } from './host-firewall.ts';
import { encryptionLines, encryptionRows } from './encryption.ts';
import { countPrograms, isNodeHealthy, keepsAuthz, nodeState } from './health.ts';
import type { NodeState } from './health.ts';

const HEAD = [
  'NODE',
  'ROLE',
  'STATE',
  'REVISION',
  'PROGRAMS',
  'DENIED',
  'WOULD-DENY',
  'DRIFT',
  'ENCRYPTION',
  'LAST ERROR',
];

/** Said of a node whose kernel has no ESP: Docker drops, so it fails closed, and silently. */
export const NO_ENCRYPTION = 'an encrypted segment will carry nothing between this node and others';

function paintState(style: Style, state: NodeState): string {
  if (state === 'ok') return style.green(state);
  return state === 'behind' ? style.yellow(state) : style.red(state);
}

function programs(style: Style, health: AgentHealth): string {
  const { all, failed, pending } = countPrograms(health);
  const notes = [failed && style.red(`${failed} failed`), pending && style.yellow(`${pending} pending`)];
  const said = notes.filter(Boolean).join(', ');
  return said ? `${all} (${said})` : String(all);
}

const ERROR_SHOWN = 60;

function lastError({ lastError: error }: AgentHealth, now: number): string {
  if (!error) return '-';
  const message = printable(error.message);
  const shown = message.length > ERROR_SHOWN ? `${message.slice(0, ERROR_SHOWN - 1)}…` : message;
  return `${ago(error.at, now)} ${error.code}: ${shown}`;
}

function drift(health: AgentHealth, now: number): string {
  if (health.driftRepaired === 0) return '0';
  return health.lastDrift
    ? `${health.driftRepaired} (${ago(health.lastDrift.at, now)})`
    : String(health.driftRepaired);
}

/** Each controller counts its own: the number of another manager's says nothing here. */
function revision(node: NodeStatus): string {
  if (!node.subscribed) return 'other manager';
  const current = node.current > 0 && node.revision === node.current;
  return current ? String(node.revision) : `${node.revision}/${node.current}`;
}

function row(style: Style, node: NodeStatus, now: number): string[] {
  const { health } = node;
  const first = [node.hostname, node.role, paintState(style, nodeState(node))];
  if (!health) return [...first, '-', '-', '-', '-', '-', node.encryption, '-'];
  const counts = countPrograms(health);
  return [
    ...first,
    revision(node),
    programs(style, health),
    String(counts.denied),
    String(counts.wouldDeny),
    drift(health, now),
    health.encryption,
    lastError(health, now),
  ];
}

function authzOf(style: Style, { authz = '-' }: NodeStatus, current: boolean): string {
  return current ? authz : style.yellow(authz);
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function describeMissing(
  { hostname, missing }: NodeStatus,
  mode: ClusterSettings['nodes'],
  now: number,
): string {
  const since = missing === undefined ? '' : ` (${ago(missing.since, now)})`;
  const trusted = missing?.trustedBalancers ?? 0;
  const leg =
    trusted > 0
      ? `its load balancers on ${plural(trusted, 'network', 'networks')} are trusted (nodes: ${mode}), so nobody judges ` +
        'what its tasks send to VIPs'
      : 'its load balancers are refused, so its tasks reach no guarded VIP on other nodes';
  return `${hostname}: no agent${since}: nothing is enforced on it, and ${leg}; run swarmwall agent there`;
}

/** Where they are not the defaults. */
function describeSettings({ nodes, encryption, metadataAddresses }: ClusterSettings): string {
  const addresses = metadataAddresses && `metadata addresses ${metadataAddresses.join(', ') || 'none'}`;
  return `settings: ${[`nodes ${nodes}`, `encryption ${encryption}`, addresses].filter(Boolean).join(', ')}`;
}

export function printCluster(io: CliIo, status: ControllerStatus, now: number): void {
  const style = styleFor(io, io.stdout);
  const say = (text: string): void => io.stdout.write(`${text}\n`);
  if (status.state === 'waiting')
    say(`controller  ${style.yellow('waiting')}: ${status.reason ?? 'no reason given'}`);
  const shown = status.clusterPolicies.authz.documents > 0;
  if (status.nodes.length > 0)
    io.stdout.write(
      table(
        shown ? [...HEAD, 'AUTHZ'] : HEAD,
        status.nodes.map((node) => [
          ...row(style, node, now),
          ...(shown ? [authzOf(style, node, keepsAuthz(node, status))] : []),
        ]),
        style.dim,
      ),
    );
  const unwell = status.nodes.filter((node) => !isNodeHealthy(node)).length;
  const guarded = status.annotatedNetworks.length;
  say(
    `\nrevision ${status.revision}, ${guarded} guarded network${guarded === 1 ? '' : 's'}, ` +
      (unwell === 0
        ? style.green(`all ${status.nodes.length} nodes as they should be`)
        : style.red(`${unwell} of ${status.nodes.length} nodes not as they should be`)),
  );
  const { policies, groups, settings, problems } = status.clusterPolicies;
  if (policies + groups + problems.length > 0)
    say(
      `${plural(policies, 'cluster policy', 'cluster policies')} and ${plural(groups, 'group', 'groups')} in force`,
    );
  if (JSON.stringify(settings) !== JSON.stringify(DEFAULT_SETTINGS)) say(describeSettings(settings));
  const { authz } = status.clusterPolicies;
  if (shown)
    say(`authorization ${authz.revision}: ${plural(authz.documents, 'document', 'documents')} in force`);
  printProblems(io, io.stdout, problems);
  for (const node of status.nodes) {
    if (nodeState(node) === 'no agent') say(style.yellow(describeMissing(node, settings.nodes, now)));
    else if (!keepsAuthz(node, status))
      say(
        style.yellow(
          `${node.hostname}: keeps authorization ${node.authz ?? 'none yet'}, not ${authz.revision}`,
        ),
      );
    const lag = lagOf(node);
    if (node.unheld && lag !== undefined) say(style.yellow(lag));
    const firewall = hostFirewall(node.health?.hostFirewall, now);
    if (firewall !== undefined && node.health?.hostFirewall?.state !== 'confirmed')
      say(style.yellow(`${node.hostname}: host firewall: ${firewall}`));
    for (const said of notesOf(node.health)) say(style.yellow(`${node.hostname}: ${said}`));
    if (node.encryption === 'unavailable')
      say(style.yellow(`${node.hostname}: its kernel cannot encrypt: ${NO_ENCRYPTION}`));
  }
  const required = settings.encryption === 'required';
  for (const line of encryptionLines(encryptionRows(status.nodes), required, style)) say(line);
}

/** Of its programs, and of its flows. */
function notesOf(health: AgentHealth | undefined): readonly string[] {
  const notes = (health?.programs ?? []).flatMap(({ name, notes: own = [] }) =>
    own.map((note) => `${name}: ${note}`),
  );
  if (health?.noFlows !== undefined) notes.push(sayNoFlows(health.noFlows));
  return notes.map(printable);
}

function localContainers({ projects, networks }: LocalContainers): string {
  const names = [...projects, '-'].slice(0, Math.max(projects.length, 1)).map(printable).join(', ');
  return `of ${names}, on ${plural(networks.length, 'guarded bridge network', 'guarded bridge networks')}`;
}

export function printAgent(io: CliIo, status: AgentStatus, now: number): void {
  const style = styleFor(io, io.stdout);
  const { health } = status;
  const mode = health.mode === 'enforcing' ? style.green(health.mode) : style.red(health.mode);
  const firewall = hostFirewall(health.hostFirewall, now);
  const facts = [
    ['node', `${status.hostname} (swarm ${status.swarm})`],
    ['agent', `${mode}, revision ${health.revision}, up since ${ago(health.startedAt, now)}`],
    ['drift', drift(health, now)],
    ...(status.containers ? [['containers', localContainers(status.containers)]] : []),
    ['encryption', health.encryption === 'unavailable' ? `unavailable: ${NO_ENCRYPTION}` : health.encryption],
    ...(firewall === undefined ? [] : [['host firewall', firewall]]),
    ['last error', lastError(health, now)],
    ...status.controllers.map(({ address, state, subscribed, lastError: error }) => [
      'controller',
      `${address} ${state}${subscribed ? ', takes policy from it' : ''}${error ? `: ${printable(error.message)}` : ''}`,
    ]),
  ];
  io.stdout.write(table(['NODE', status.hostname], facts, style.dim).replace(/^.*\n/u, ''));
  if (health.programs.length > 0)
    io.stdout.write(
      `\n${table(
        ['PROGRAM', 'STATE', 'ENTRIES', 'DENIED', 'WOULD-DENY'],
        health.programs.map(({ name, state, entries, denied, wouldDeny }) => [
          name,
          state === 'applied' ? style.green(state) : style.red(state),
          String(entries),
          String(denied),
          String(wouldDeny),
        ]),
        style.dim,
      )}`,
    );
  for (const said of notesOf(health)) io.stdout.write(style.yellow(`${said}\n`));
  const rows = encryptionRows([{ hostname: status.hostname, address: '', health }]);
  for (const line of encryptionLines(rows, false, style)) io.stdout.write(`${line}\n`);
  for (const { service, code, message } of status.containers?.problems ?? [])
    io.stdout.write(style.yellow(`${printable(`${service}: ${code}: ${message}`)}\n`));
  if (status.controllers.length === 0 && status.swarm !== 'inactive')
    io.stdout.write(style.yellow('no controller known: run swarmwall controller on the managers\n'));
}
