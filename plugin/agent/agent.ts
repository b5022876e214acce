import { join } from 'node:path';
import { serveLocal } from '../api/local-server.ts';
import type { AgentStatus, DeniedList, GuardedNetworks, HeldStarts } from '../api/types.ts';
import { DEFAULT_CONFIG, TIMES } from '../config.ts';
import { BRIDGES_TABLE } from '../../rules/bridges/bridges.ts';
import { toSwarmRecord, type SwarmRecord } from '../docker/swarm-mapper.ts';
import { asFault } from '../fault.ts';
import { detectEncryption } from '../kernel/encryption.ts';
import { createLog } from '../log.ts';
import { createRunner } from '../process/runner.ts';
import { PROTOCOL_VERSION, type AgentHealth, type NodeReport, type ProgramHealth } from '../protocol.ts';
import { agentWorld, type AgentWorld } from './agent-world.ts';
import { createBridgePolicy } from './bridges/bridge-policy.ts';
import { guardedBridges, localContainers, localModel } from './bridges/report-bridges.ts';
import { BRIDGES } from './bridges/bridge-view.ts';
import { BRIDGES_NAME, guardBridges } from './bridges/bridges-guard.ts';
import { findBridgePorts } from './bridge-ports.ts';
import { followDenied } from './denied-flows.ts';
import { leaseFile } from './dns/lease-file.ts';
import { guardNames, namesSettings } from './dns/names-guard.ts';
import { guardDockerUser } from './docker-user-guard.ts';
import { endpointOwner } from './endpoint-owner.ts';
import { applyAll, type Enforcer } from './enforcer.ts';
import { guardIpv6Edge } from './ipv6-edge-guard.ts';
import { guardHost } from './host-firewall.ts';
import { recordHealth } from './health.ts';
import { holdPolicy, type PolicyMessage } from './held-policy.ts';
import type { AgentOptions, Running } from './index.ts';
import { keepAuthz } from './keep-authz.ts';
import { guardGateway } from './gateway-guard.ts';
import { gatherFacts, TASK_LABEL, type LocalFacts } from './local-facts.ts';
import { linkManagers } from './manager-links.ts';
import { guardLimits } from './network-limits.ts';
import { guardNetworks } from './network-guards.ts';
import { guardedNetworks, networkPrograms, nodeReport } from './report.ts';
import { holdStarts } from './starts/hold-starts.ts';
import { serveStarts } from './starts/start-server.ts';
import { followDrops } from './table-drops.ts';
import type { AgentState } from './state-file.ts';
import { guardUnderlay } from './underlay/guard-underlay.ts';

/**
 * Failures in a row that are a failure: some 200 ms. A namespace has no bridge yet when it appears, and a container that
 * ends takes its own away between two looks.
 */
const LASTING = 4;

/** How soon to look again while an endpoint's port is not there yet. */
const UNFINISHED = 25;
/** And for how long in a row, before leaving it to events and the resync. */
const UNFINISHED_MOST = 80;

/** Enforces on this node until it is stopped; waits while Docker, Swarm or a manager is not there. */
export async function startAgent(
  options: AgentOptions = {},
  createWorld: typeof agentWorld = agentWorld,
): Promise<Running> {
  const config = { ...DEFAULT_CONFIG, ...options.config };
  const log = options.log ?? createLog();
  const world: AgentWorld = createWorld(config);
  const { clock, engine } = world;
  const saved = await readState();
  const policy = holdPolicy(saved?.policy);
  const health = recordHealth(clock, log, saved?.driftRepaired ?? 0);
  const bridgePolicy = createBridgePolicy();
  const denied = followDenied({
    clock,
    log,
    owner: (network, address) =>
      network === BRIDGES
        ? bridgePolicy.endpoints.get(address)
        : endpointOwner(policy, facts, network, address),
  });
  const bridgePorts = findBridgePorts(world.namespace, world.host);
  const images = new Map<string, Readonly<Record<string, string>>>();
  const aborting = new AbortController();
  let swarm: SwarmRecord | undefined;
  let facts: LocalFacts | undefined;
  let factsDirty = true;
  let unfinished = 0;
  /** Runs in a row. */
  let failures = 0;
  /** Since the state was last marked to be saved. */
  let unsaved = true;
  let applied = 0;
  let lastReport: NodeReport | undefined;
  let reported: ReadonlySet<string> = new Set();

  async function readState(): Promise<AgentState | undefined> {
    try {
      return await world.state.read();
    } catch (error) {
      const { code, message } = asFault(error);
      log.error(
        { code, err: error },
        `${message}: numbers begin anew, the kernel's tables stay until a manager speaks`,
      );
      return undefined;
    }
  }

  const onDrift = (what: string): void => {
    health.drift(what);
  };
  const onDirty = (): void => {
    runner.mark();
  };
  const onHost = { host: world.host, follow: world.follow, clock, log, onDrift, onDirty };
  const guards = guardNetworks({
    ...onHost,
    ...{ namespace: world.namespace, policy, saved: saved?.numbering ?? {} },
  });
  const drops = followDrops({ clock, log });
  const gateway = guardGateway(onHost);
  const dockerUser = guardDockerUser({ ...onHost, bridges: bridgePolicy });
  const hostFirewall = guardHost({ ...onHost, drops, saved: saved?.hostTrial });
  const limits = guardLimits({ ...onHost, guarded: () => guards.list(), drops });
  const bridges = guardBridges({
    ...onHost,
    policy: bridgePolicy,
    saved: saved?.numbering[BRIDGES],
    counts: () => denied.counts(BRIDGES),
  });
  const underlay = guardUnderlay({ ...onHost, namespace: world.namespace, onError: health.fail });

  const names = guardNames({
    ...onHost,
    ...namesSettings(config),
    file: leaseFile(config.stateDir, log),
    bridges: bridgePolicy,
  });

  /** In the order in which they are applied: DOCKER-USER leaves alone what stays on a bridge before it sees any of it. */
  const enforcers: readonly Enforcer[] = [
    gateway,
    dockerUser,
    guardIpv6Edge(onHost),
    hostFirewall,
    bridges,
    limits,
    names,
    underlay,
  ];

  const starts = holdStarts({
    clock,
    log,
    onLook: () => {
      markFacts();
    },
  });

  const authz = keepAuthz({
    folder: config.authzDir,
    clock,
    log,
    onChange: () => {
      report();
    },
    onError: (error) => {
      health.fail(error);
      report();
    },
  });

  const runner = createRunner({
    clock,
    minInterval: TIMES.agentMinInterval,
    resync: TIMES.agentResync,
    retryFirst: TIMES.agentRetryFirst,
    retryMost: TIMES.retryMost,
    run: async (whole) => {
      const { revision } = policy;
      const placed = new Set(policy.tasks.keys());
      if (whole) {
        factsDirty = true;
        guards.distrust();
        for (const enforcer of enforcers) enforcer.distrust();
      }
      try {
        await guards.apply();
        if (factsDirty) await look(whole);
        await applyAll(enforcers, policy, facts);
      } finally {
        // What one network lacks holds back no start on another.
        starts.review({
          facts,
          policy,
          placed,
          guard: guards.view,
          bridges: bridges.view,
          holdsGateway: dockerUser.holds,
        });
      }
      applied = revision;
      failures = 0;
      health.recover();
      report();
      if (unsaved) saver.mark();
      unsaved = false;
    },
    onError: (error) => {
      factsDirty = true;
      failures += 1;
      if (failures < LASTING) log.info({ why: asFault(error).message }, 'did not succeed yet: trying again');
      else health.fail(error);
      report();
    },
  });

  /** Guards first what the names of the files tell, then what Docker tells. */
  async function look(whole: boolean): Promise<void> {
    factsDirty = false;
    unsaved = true;
    await guards.seeFiles(await world.netns());
    await guards.apply();
    if (whole || swarm?.state !== 'active') await findManagers();
    facts = await gatherFacts({ engine, netns: world.netns, bridgePorts, images });
    bridgePolicy.update(facts.bridges);
    await guards.seeFacts(facts);
    await guards.apply();
    unfinished = facts.unfinished ? unfinished + 1 : 0;
    if (unfinished > 0 && unfinished < UNFINISHED_MOST)
      clock.after(UNFINISHED, () => {
        markFacts();
      });
  }

  async function findManagers(): Promise<void> {
    swarm = toSwarmRecord(await engine.info());
    const hosts = swarm.state === 'active' ? swarm.managers : [];
    links.setManagers(hosts);
    dockerUser.setEngine(swarm);
    // A node outside any Swarm that joins one has new networks, and tells so.
    if (swarm.state !== 'active' && swarm.state !== 'inactive')
      clock.after(TIMES.dockerRetry, () => {
        runner.mark({ whole: true });
      });
  }

  function markFacts(): void {
    factsDirty = true;
    runner.mark();
  }

  const links = linkManagers({
    clock,
    port: config.controllerPort,
    connect: (host) => world.connect(host, swarm?.certificates ?? ''),
    hello: () => ({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version: config.version,
      hostname: swarm?.hostname ?? '',
      engine: swarm?.engine ?? '',
    }),
    onPolicy: takePolicy,
    onAuthz: (message) => void authz.take(message),
    onChange: (what, address, fault) => {
      log.info(
        { manager: address, ...(fault ? { code: fault.code, why: fault.message } : {}) },
        `manager ${what}`,
      );
      report();
    },
  });

  function takePolicy(message: PolicyMessage): void {
    const deltas = policy.take(message, reported);
    unsaved = true;
    guards.update(deltas);
    // It may be of another manager, or of one that began anew: the same number means another policy, and is told again.
    if (message.type === 'snapshot') {
      applied = 0;
      lastReport = undefined;
    }
    // A new network may have its namespace already, a removed one must lose its rules, and a new service's VIP comes
    // to the balancer's interface without an event.
    if (message.type === 'snapshot' || deltas.some(({ whole, removed }) => whole ?? removed))
      factsDirty = true;
    if (deltas.some(({ endpoints }) => endpoints))
      for (const wait of [300, 1_500]) clock.after(wait, markFacts);
    runner.mark();
  }

  const programs = (): readonly ProgramHealth[] => [
    ...networkPrograms(guards.list(), denied),
    ...enforcers.flatMap((enforcer) => enforcer.health()),
  ];

  function currentHealth(): AgentHealth {
    const { revision: kept } = authz;
    const guarded = hostFirewall.state();
    return {
      ...health.current(applied, programs(), underlay.encryption),
      ...(kept === undefined ? {} : { authz: kept }),
      ...(guarded && { hostFirewall: guarded }),
    };
  }

  function report(): void {
    if (facts === undefined) return;
    const next = nodeReport(facts, currentHealth(), underlay.addresses);
    if (JSON.stringify(next) === JSON.stringify(lastReport)) return;
    lastReport = next;
    reported = new Set(next.networks.map(({ network }) => network.id));
    links.report(next);
  }

  const saver = createRunner({
    clock,
    minInterval: TIMES.stateMinInterval,
    resync: TIMES.agentResync,
    retryFirst: TIMES.retryFirst,
    retryMost: TIMES.retryMost,
    run: () =>
      world.state.write({
        policy: policy.whole(),
        numbering: { ...guards.save(), [BRIDGES]: bridges.save() },
        driftRepaired: health.driftRepaired,
        hostTrial: hostFirewall.begun(),
      }),
    onError: (error) => {
      health.fail(error);
    },
  });

  const denials = createRunner({
    clock,
    minInterval: TIMES.deniedPoll,
    resync: TIMES.deniedPoll,
    retryFirst: TIMES.deniedPoll,
    retryMost: TIMES.deniedPoll,
    run: async () => {
      const network = { id: BRIDGES, name: BRIDGES_NAME };
      const state = bridges.health()[0]?.state ?? 'none';
      await denied.poll([
        ...guards.list(),
        { file: BRIDGES, namespace: world.host, table: BRIDGES_TABLE, guard: { state, network } },
      ]);
      await drops.poll([...limits.tables(policy), ...hostFirewall.tables()]);
      report();
    },
    onError: (error) => {
      health.fail(error);
    },
  });

  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      aborting.abort();
      unwatch();
      links.stop();
      authz.stop();
      await Promise.all([runner.stop(), denials.stop(), authz.settled()]);
      saver.mark();
      await saver.settled();
      await saver.stop();
      guards.stop();
      starts.stop();
      await startServer.close();
      for (const enforcer of enforcers) enforcer.stop();
      await api.close();
      finish();
    })());

  const api = await serveLocal(
    join(config.socketDir, 'agent.sock'),
    {
      '/v1/status': (): AgentStatus => ({
        role: 'agent',
        version: config.version,
        hostname: swarm?.hostname ?? '',
        ...(swarm?.node === undefined ? {} : { node: swarm.node }),
        ...(swarm === undefined ? {} : { engine: swarm.engine }),
        swarm: swarm?.state ?? 'unknown',
        controllers: links.status(),
        health: currentHealth(),
        ...localContainers(bridgePolicy),
      }),
      '/v1/model': () => localModel(bridgePolicy),
      '/v1/denied': (): DeniedList => ({
        denied: [...denied.recent(), ...drops.recent()].sort((a, b) => a.at - b.at),
      }),
      '/v1/starts': (): HeldStarts => ({ starts: starts.recent() }),
      '/v1/networks': (): GuardedNetworks => ({
        networks: [
          ...guardedNetworks(guards.list(), policy).networks,
          ...guardedBridges(bridgePolicy, bridges.health()[0]?.state),
        ],
      }),
    },
    () => void stop(),
  );

  const startServer = await serveStarts(join(config.socketDir, 'guard.sock'), (question) => {
    for (const each of question.interfaces) if (each.kind === 'overlay') bridgePorts.hint(each.file, each);
    return starts.ask(question);
  });
  const unwatch = world.watchNetns(markFacts);
  engine.events({
    types: ['container', 'network'],
    signal: aborting.signal,
    onEvent: ({ Type, Action, Actor }) => {
      const task = Type === 'container' && Action === 'create' ? Actor?.Attributes?.[TASK_LABEL] : undefined;
      if (task !== undefined && !policy.tasks.has(task)) links.starting();
      // Health checks and execs come by the second.
      if (Action !== undefined && !Action.startsWith('exec_') && !Action.startsWith('health_status'))
        markFacts();
    },
    onGap: () => {
      runner.mark({ whole: true });
    },
  });
  void detectEncryption(world.run).then((found) => {
    health.setEncryption(found);
    report();
  });
  runner.mark({ whole: true });
  denials.mark();
  log.info({ adopted: saved?.policy !== undefined }, 'agent guards this node');
  return { stop, ended };
}
