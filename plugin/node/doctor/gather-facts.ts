import type { AgentStatus, ControllerStatus } from '../../api/types.ts';
import type { Config } from '../../config.ts';
import { connectEngine } from '../../docker/dockerode-engine.ts';
import type { RawInfo } from '../../docker/engine-data.ts';
import { toSwarmRecord } from '../../docker/swarm-mapper.ts';
import { detectEncryption } from '../../kernel/encryption.ts';
import { dockerVariants, findDockerUser } from '../../kernel/iptables-variant.ts';
import { hostNamespace } from '../../kernel/namespace.ts';
import type { Clock } from '../../process/clock.ts';
import type { Run } from '../../process/run.ts';
import { guardInstall } from '../guard-install.ts';
import { flag, type NodeHost } from '../node-host.ts';
import { isListed } from '../plan-node.ts';
import type { DoctorFacts } from './doctor-facts.ts';

export interface DoctorWorld {
  readonly config: Config;
  readonly host: NodeHost;
  readonly run: Run;
  readonly clock: Clock;
  readonly agent: () => Promise<AgentStatus | undefined>;
  readonly controller: () => Promise<ControllerStatus | undefined>;
}

const BRIDGE_SYSCTL = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/** Looks, and changes nothing. @throws Fault `docker-unavailable`, `docker-failed` */
export async function gatherDoctorFacts(world: DoctorWorld): Promise<DoctorFacts> {
  const { host, run } = world;
  const docker = connectEngine(world.config.dockerSocket, world.clock);
  const engine = await host.engine();
  const [info, settings, plugin, asked, guard, agent, controller] = await Promise.all([
    docker.info(),
    host.readFile(engine.settings),
    host.plugin(),
    host.asked(),
    guardInstall(world.config, host).facts(engine),
    world.agent(),
    world.controller(),
  ]);
  const swarm = toSwarmRecord(info);
  const namespace = hostNamespace(run);
  const [encryption, variants, dockerUser, bridge, group, networks] = await Promise.all([
    detectEncryption(run),
    dockerVariants(namespace),
    findDockerUser(namespace),
    host.readFile(BRIDGE_SYSCTL),
    host.readFile('/etc/group'),
    docker.networks(),
  ]);
  const own = parseSettings(settings);
  const { argv } = engine;
  return {
    engine: swarm.engine,
    firewall: swarm.nftablesBackend ? 'nftables' : 'iptables',
    ...infoFacts(info),
    hosts: [...hostFlags(argv), ...strings(own['hosts'])],
    tlsVerify: isOn(argv, '--tlsverify') ?? own['tlsverify'] === true,
    iptables: isOn(argv, '--iptables') ?? own['iptables'] !== false,
    userlandProxy: isOn(argv, '--userland-proxy') ?? own['userland-proxy'] !== false,
    swarm: swarm.state === 'active' ? (swarm.manager ? 'manager' : 'worker') : 'none',
    dockerGroup: membersOf(group?.toString() ?? '', 'docker'),
    plugin,
    listed: isListed(settings),
    asked,
    guard,
    agent: agent && {
      mode: agent.health.mode,
      ...(agent.health.lastError ? { lastError: agent.health.lastError.message } : {}),
      unencrypted: agent.health.encrypted
        .filter(({ state }) => state === 'broken')
        .map(({ name: network, missing, peers }) => ({
          network,
          missing: [...new Set([...missing, ...peers.flatMap((peer) => peer.missing)])],
        })),
      ...(agent.health.noFlows === undefined ? {} : { noFlows: agent.health.noFlows }),
      notes: agent.health.programs.flatMap(({ notes = [] }) => notes),
    },
    managersWithout: (controller?.nodes ?? [])
      .filter(({ role, state }) => role === 'manager' && state !== 'connected')
      .map(({ hostname }) => hostname),
    bridgeCallsIptables: bridge === undefined ? undefined : bridge.toString().trim() === '1',
    encryption,
    variants,
    dockerUser: dockerUser !== undefined,
    plainOverlays: networks
      .filter(({ Driver, Scope, Ingress, Options }) => {
        const encrypted = Object.hasOwn(Options ?? {}, 'encrypted') && Options?.['encrypted'] !== 'false';
        return Driver === 'overlay' && Scope === 'swarm' && Ingress !== true && !encrypted;
      })
      .map(({ Name, Id }) => Name ?? Id)
      .sort(),
  };
}

function infoFacts(info: RawInfo): { readonly liveRestore: boolean; readonly rootless: boolean } {
  return {
    liveRestore: info.LiveRestoreEnabled === true,
    rootless: (info.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless')),
  };
}

function parseSettings(settings: Buffer | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(settings?.toString().replace(/^\uFEFF/u, '') ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Said as `settings-unreadable`.
    return {};
  }
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** `-H x`, `--host x`, `--host=x`, any number of them. */
function hostFlags(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) => {
    if (word === '-H' || word === '--host') return argv[at + 1] ?? [];
    const [, host] = /^(?:-H|--host)=(.+)$/u.exec(word) ?? [];
    return host ?? [];
  });
}

/** A switch of dockerd's command line; undefined: not there. */
function isOn(argv: readonly string[], name: string): boolean | undefined {
  if (argv.includes(name)) return true;
  const value = flag(argv, name);
  return value === undefined ? undefined : value !== 'false';
}

/** Of a line of /etc/group: `docker:x:998:ann,bob`. */
function membersOf(text: string, group: string): readonly string[] {
  const line = text.split('\n').find((each) => each.startsWith(`${group}:`));
  return (line?.split(':')[3] ?? '').split(',').filter(Boolean);
}
