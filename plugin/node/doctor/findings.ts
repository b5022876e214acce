import { BOTH_OF_ONE_BUILD, sayNoFlows } from '../../agent/flows/reader-protocol.ts';
import { GUARD_RUNTIME } from '../daemon-runtime.ts';
import { PLUGIN_NAME } from '../node-step.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import { bypassesOf } from './engine-version.ts';

export interface Finding {
  /** Stable. */
  readonly code: string;
  /** `weak`: something gets past, or would. `note`: good to know, and nobody's mistake. */
  readonly level: 'weak' | 'note';
  readonly message: string;
  readonly remedy: string;
}

type Look = (facts: DoctorFacts) => readonly Finding[];

const finding =
  (level: Finding['level']) =>
  (code: string, message: string, remedy: string): Finding => ({ code, level, message, remedy });
const weak = finding('weak');
const note = finding('note');
const when = (is: boolean, found: Finding): readonly Finding[] => (is ? [found] : []);

const plugin: Look = ({ plugin: state, listed, asked, swarm, agent }) => [
  ...when(
    listed === true && state !== 'enabled',
    weak(
      'plugin-listed-not-enabled',
      `daemon.json names ${PLUGIN_NAME}, which is ${state === 'absent' ? 'not installed' : 'disabled'}: this engine judges nothing now, and does not start again`,
      state === 'absent' ? 'swarmwall node install REGISTRY/NAME:TAG' : `docker plugin enable ${PLUGIN_NAME}`,
    ),
  ),
  ...when(
    listed !== true && !asked && swarm === 'manager',
    weak(
      'manager-without-plugin',
      'this manager judges no calls: services with any wish are admitted here for the whole Swarm',
      'swarmwall node install REGISTRY/NAME:TAG',
    ),
  ),
  ...when(
    listed !== true && !asked && swarm !== 'manager',
    weak(
      'node-without-authorization',
      'this engine judges no calls: whoever may use it may join any container to any network',
      'swarmwall node install REGISTRY/NAME:TAG',
    ),
  ),
  ...when(
    listed === true && state === 'enabled' && !asked,
    weak(
      'not-reloaded',
      'daemon.json names the plugin, but dockerd does not ask it',
      'systemctl reload docker (SIGHUP to dockerd)',
    ),
  ),
  ...when(
    listed !== true && asked,
    weak(
      'not-in-settings',
      'dockerd asks the plugin now, but daemon.json does not name it: after a restart it would not',
      'swarmwall node install',
    ),
  ),
  ...when(
    listed === undefined,
    weak('settings-unreadable', 'daemon.json is not valid: dockerd would not start again', 'Mend the file.'),
  ),
  ...when(
    agent === undefined,
    weak(
      'no-agent',
      'no agent answers: nobody keeps the rules of this node',
      'Enable the plugin, or start swarmwall agent.',
    ),
  ),
  ...when(
    agent !== undefined && agent.mode !== 'enforcing',
    weak(
      'agent-degraded',
      `the agent is ${agent?.mode ?? ''}: ${agent?.lastError ?? 'see its log'}`,
      'swarmwall status',
    ),
  ),
];

const guard: Look = ({ plugin: state, guard: { path, files, runtime } }) => {
  const used = runtime === GUARD_RUNTIME;
  return [
    ...when(
      !used,
      weak(
        'guard-not-default',
        `containers start with ${runtime}: a task may send to the world, and be cut off, until its rules are in place`,
        'swarmwall node install',
      ),
    ),
    ...when(
      used && files === 'absent',
      weak(
        'guard-missing',
        `the engine starts containers with ${path}, which is not there: none starts`,
        'swarmwall node install',
      ),
    ),
    ...when(
      used && files === 'other' && state !== 'absent',
      weak(
        'guard-other',
        `${path}, or its settings, are not those of the plugin that is here`,
        'swarmwall node install',
      ),
    ),
  ];
};

const cluster: Look = ({ managersWithout }) =>
  managersWithout.map((name) =>
    weak(
      'manager-without-agent',
      `the manager ${name} has no agent connected`,
      `swarmwall node install on ${name}`,
    ),
  );

const engine: Look = (facts) => [
  ...bypassesOf(facts.engine).map(({ id, what, fixedIn }) =>
    weak(
      `engine-${id.toLowerCase()}`,
      `Docker ${facts.engine} has ${id} by its number: ${what} (Swarmwall refuses such calls; plugins beside it may not)`,
      `Docker ${fixedIn.at(-1) ?? ''} or later, or a package whose changelog names ${id}`,
    ),
  ),
  ...when(
    facts.firewall === 'nftables',
    weak(
      'nftables-backend',
      "the engine's nftables backend has no DOCKER-USER: published ports and traffic to the world are not filtered",
      'Remove "firewall-backend" from daemon.json, or set it to "iptables".',
    ),
  ),
  ...when(
    !facts.iptables,
    weak(
      'iptables-off',
      'dockerd writes no rules ("iptables": false), so that there is no DOCKER-USER',
      'Remove it from daemon.json.',
    ),
  ),
  ...when(
    !facts.tlsVerify && facts.hosts.some((host) => host.startsWith('tcp://')),
    weak(
      'tcp-without-tls',
      `the engine answers on ${facts.hosts.filter((host) => host.startsWith('tcp://')).join(', ')} without client certificates: whoever reaches it is nobody, with the rights of the local socket`,
      'Set "tlsverify" with "tlscacert", "tlscert" and "tlskey", or remove that host.',
    ),
  ),
  ...when(
    facts.liveRestore,
    weak(
      'live-restore',
      "live-restore keeps the plugin running over a restart of dockerd, with the old engine's socket; Swarm refuses it",
      'Remove "live-restore" from daemon.json.',
    ),
  ),
  ...when(
    facts.rootless,
    weak(
      'rootless',
      'a rootless engine has namespaces of its own, which the plugin does not reach',
      'Run the engine as root.',
    ),
  ),
  ...when(
    facts.userlandProxy,
    note(
      'userland-proxy',
      "docker-proxy carries this host's own connections to published ports, which DOCKER-USER does not see",
      'Set "userland-proxy": false, if nothing here needs it.',
    ),
  ),
  ...when(
    facts.dockerGroup.length > 0,
    note(
      'docker-group',
      `${facts.dockerGroup.join(', ')} may use the engine's socket (group docker), with all its rights`,
      'Empty the group, or bind LocalSocket to a role.',
    ),
  ),
];

const kernel: Look = (facts) => [
  ...when(
    facts.bridgeCallsIptables === undefined,
    weak(
      'no-br-netfilter',
      'br_netfilter is not loaded: rules see nothing of what crosses a bridge',
      'modprobe br_netfilter, also at boot',
    ),
  ),
  ...when(
    facts.bridgeCallsIptables === false,
    weak(
      'bridge-nf-call-iptables',
      'net.bridge.bridge-nf-call-iptables is 0: DOCKER-USER sees nothing between containers of one bridge',
      'sysctl -w net.bridge.bridge-nf-call-iptables=1, also at boot',
    ),
  ),
  ...when(
    facts.encryption === 'unavailable',
    weak(
      'no-esp',
      'this kernel has no ESP: an encrypted overlay carries nothing between this node and others, a plain one can be injected into',
      'A kernel with CONFIG_INET_ESP and CONFIG_XFRM; modprobe esp4',
    ),
  ),
  ...when(
    facts.variants.length > 1,
    weak(
      'mixed-iptables',
      'Docker has chains in iptables-nft and in iptables-legacy: both are asked, and only one is kept',
      'Choose one (update-alternatives --config iptables), flush the other, restart Docker.',
    ),
  ),
  ...when(
    facts.iptables && facts.firewall === 'iptables' && facts.dockerUser === false,
    weak(
      'no-docker-user',
      'there is no DOCKER-USER chain that FORWARD jumps to: others have flushed it',
      'systemctl restart docker',
    ),
  ),
];

const flows: Look = ({ agent }) =>
  agent?.noFlows === undefined ? [] : [note('no-flows', sayNoFlows(agent.noFlows), BOTH_OF_ONE_BUILD)];

const networks: Look = ({ plainOverlays, agent }) => [
  ...(agent?.unencrypted ?? []).map(({ network, missing }) =>
    weak(
      'not-encrypted',
      `network ${network} is meant to be encrypted, and is not: missing ${missing.join(', ')}`,
      'swarmwall status --encryption; restart Docker on the nodes that it names, look for "encryption" in its log.',
    ),
  ),
  ...(agent?.notes ?? []).map((said) => note('of-the-agent', said, 'swarmwall status')),
  ...when(
    plainOverlays.length > 0,
    note(
      'plain-overlay',
      `not encrypted: ${plainOverlays.join(', ')}; whoever is on the path between nodes can read and forge what crosses it`,
      'Deploy them encrypted.',
    ),
  ),
];

/** What weakens enforcement first, then what is good to know. */
export function examine(facts: DoctorFacts): readonly Finding[] {
  const all = [plugin, guard, cluster, engine, kernel, networks, flows].flatMap((look) => look(facts));
  return [...all.filter(({ level }) => level === 'weak'), ...all.filter(({ level }) => level === 'note')];
}
