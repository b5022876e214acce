import { join } from 'node:path';
import { serveLocal } from '../api/local-server.ts';
import { DEFAULT_CONFIG } from '../config.ts';
import { detectEncryption } from '../kernel/encryption.ts';
import { isCounting } from '../kernel/packet-counting.ts';
import { createLog } from '../log.ts';
import { createAgentMetrics } from '../metrics/agent-metrics.ts';
import { countFlows } from '../metrics/flow-metrics.ts';
import { serveMetrics } from '../metrics/serve-metrics.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import { agentWorld, type AgentWorld } from './agent-world.ts';
import { createBridgePolicy } from './bridges/bridge-policy.ts';
import { BRIDGES } from './bridges/bridge-view.ts';
import { findBridgePorts } from './bridge-ports.ts';
import { followDenied } from './denied-flows.ts';
import { createFlows } from './flows/create-flows.ts';
import { countKernelLosses } from './flows/kernel-losses.ts';
import { createFlowUplink } from './flows/flow-uplink.ts';
import { localFlows } from './flows/local-flows.ts';
import { endpointOwner } from './endpoint-owner.ts';
import { runEnforcement } from './enforcement.ts';
import { makeEnforcers } from './enforcers.ts';
import { recordHealth } from './health.ts';
import { lookAfterEvents } from './event-looks.ts';
import { holdPolicy, type PolicyMessage } from './held-policy.ts';
import type { AgentOptions, Running } from './index.ts';
import { keepAuthz } from './keep-authz.ts';
import { keepState, readState } from './keep-state.ts';
import { localApi } from './local-api.ts';
import { linkManagers } from './manager-links.ts';
import { pollDenied } from './poll-denied.ts';
import { createReporter } from './reporter.ts';
import { holdClaims } from './starts/claims.ts';
import { holdStarts } from './starts/hold-starts.ts';
import { startPlacer } from './starts/place-start.ts';
import { keepSeenStarts } from './starts/seen-starts.ts';
import { serveStarts } from './starts/start-server.ts';
import { watchSurroundings } from './surroundings.ts';
import { followDrops } from './table-drops.ts';
import { watchDocker } from './watch-docker.ts';

/** A new service's VIP comes to the balancer's interface without an event: when to look for it. */
const NEW_ADDRESS = [300, 1_500];

/** Enforces on this node until it is stopped; waits while Docker, Swarm or a manager is not there. */
export async function startAgent(
  options: AgentOptions = {},
  createWorld: typeof agentWorld = agentWorld,
): Promise<Running> {
  const config = { ...DEFAULT_CONFIG, ...options.config };
  const log = options.log ?? createLog();
  const world: AgentWorld = createWorld(config);
  const { clock, host } = world;
  const saved = await readState(world.state, log);
  // Before the flow reader switches it on.
  const counting = saved?.counting === true || !(await isCounting(host));
  const policy = holdPolicy(saved?.policy);
  const health = recordHealth(clock, log, saved?.driftRepaired ?? 0);
  const bridgePolicy = createBridgePolicy();
  const bridgePorts = findBridgePorts(world.namespace, host);
  const losses = countKernelLosses(clock);
  const drops = followDrops({ clock, log, losses });
  const claims = holdClaims(() => clock.elapsed());
  const seen = keepSeenStarts({ clock, log });
  const denied = followDenied({
    ...{ clock, log, losses },
    owner: (network, address) =>
      network === BRIDGES
        ? bridgePolicy.endpoints.get(address)
        : endpointOwner(policy, surroundings.facts, network, address),
  });

  const flows = createFlows({
    ...{ config, converse: world.converse, clock, log, policy },
    facts: () => surroundings.facts,
    bridges: bridgePolicy,
    edge: () => enforcers.dockerUser.held,
    edge6: () => enforcers.ipv6Edge.held,
    host: () => enforcers.hostFirewall.state(),
    hostname: () => surroundings.swarm?.hostname ?? '',
    kernel: losses,
    onProblem: report,
  });

  const uplink = createFlowUplink(flows, clock);

  const enforcers = makeEnforcers({
    ...{ world, config, log, policy, bridgePolicy, seen, saved, denied, drops, losses },
    onDrift: health.drift,
    onDirty: () => {
      runner.mark();
    },
    onError: health.fail,
    onAhead: flows.watchGuarded,
  });
  const { networks } = enforcers;

  const surroundings = watchSurroundings({
    ...{ world, bridgePorts, networks, bridgePolicy, seen, claims },
    onSwarm: (swarm) => {
      links.setManagers(swarm.state === 'active' ? swarm.managers : []);
      enforcers.dockerUser.setEngine(swarm);
    },
    onDirty: (how) => {
      runner.mark(how);
    },
  });

  function lookAgain(): void {
    surroundings.outdate();
    runner.mark();
  }

  const authz = keepAuthz({
    folder: config.authzDir,
    ...{ clock, log },
    onChange: report,
    onError: failAndReport,
  });

  const reporter = createReporter({
    ...{ health, surroundings, enforcers, denied, authz, flows },
    verdictLog: {
      ...{ days: config.flowDays, megabytes: config.flowMegabytes },
      ...(config.flowSyslog !== undefined && { syslog: config.flowSyslog }),
    },
    send: (next) => {
      links.report(next);
    },
  });

  function report(): void {
    reporter.report();
  }

  function failAndReport(error: unknown): void {
    health.fail(error);
    report();
  }

  const state = keepState({
    file: world.state,
    clock,
    state: () => ({
      policy: policy.whole(),
      numbering: { ...networks.save(), [BRIDGES]: enforcers.bridges.save() },
      driftRepaired: health.driftRepaired,
      hostTrial: enforcers.hostFirewall.begun(),
      counting,
    }),
    onError: health.fail,
  });

  const starts = holdStarts({
    ...{ clock, log, onLook: lookAgain },
    place: startPlacer({ log, policy, surroundings, enforcers, seen, claims }),
  });
  const metrics = createAgentMetrics({
    ...{ version: config.version, clock },
    health: () => reporter.health(),
    revision: () => policy.revision,
    links: () => links.status(),
    errors: () => health.errors,
    certificates: () => config.certificates ?? surroundings.swarm?.certificates,
  });
  flows.subscribe(countFlows(metrics.metrics, () => flows.losses()));
  const runner = runEnforcement({
    ...{ clock, log, health, policy, surroundings, enforcers, starts },
    onLook: state.outdate,
    onApplied: (revision) => {
      reporter.setApplied(revision);
      metrics.applied();
      flows.keepOnly(enforcers);
      report();
      state.save();
    },
    onFailed: () => {
      flows.keepOnly(enforcers);
      report();
    },
  });

  const links = linkManagers({
    clock,
    port: config.controllerPort,
    connect: (manager) => world.connect(manager, surroundings.swarm?.certificates ?? ''),
    hello: () => ({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version: config.version,
      hostname: surroundings.swarm?.hostname ?? '',
      engine: surroundings.swarm?.engine ?? '',
    }),
    onPolicy: takePolicy,
    onAuthz: (message) => void authz.take(message),
    flows: uplink,
    onChange: (what, address, fault) => {
      const why = fault ? { code: fault.code, why: fault.message } : {};
      log.info({ manager: address, ...why }, `manager ${what}`);
      report();
    },
  });

  function takePolicy(message: PolicyMessage): void {
    const deltas = policy.take(message, reporter.reported);
    metrics.taken();
    state.outdate();
    networks.update(deltas);
    if (message.type === 'snapshot') reporter.restart();
    // A new network may have its namespace already, and a removed one must lose its rules.
    if (message.type === 'snapshot' || deltas.some(({ whole, removed }) => whole ?? removed))
      surroundings.outdate();
    if (deltas.some(({ endpoints }) => endpoints))
      for (const wait of NEW_ADDRESS) clock.after(wait, lookAgain);
    starts.placeAgain();
    runner.mark();
  }

  const denials = pollDenied({
    ...{ clock, host, policy, enforcers, denied, drops },
    onPolled: () => {
      flows.polled();
      report();
    },
    onError: health.fail,
  });

  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      unwatch();
      links.stop();
      authz.stop();
      await Promise.all([runner.stop(), denials.stop(), authz.settled()]);
      await state.finish();
      networks.stop();
      starts.stop();
      await startServer.close();
      for (const enforcer of enforcers.inOrder) enforcer.stop();
      uplink.stop();
      await flows.stop();
      await Promise.all([api.close(), metricsServer.close()]);
      finish();
    })());

  const api = await serveLocal(
    join(config.socketDir, 'agent.sock'),
    localApi({
      ...{ surroundings, links, reporter, policy, bridgePolicy, enforcers, denied, drops, starts },
      version: config.version,
    }),
    () => void stop(),
    {},
    { '/v1/flows': localFlows(flows) },
  );
  const metricsServer = await serveMetrics({
    ...{ registry: metrics.metrics.registry, clock, log },
    ...{ address: config.metricsAddress, port: config.agentMetricsPort, token: config.metricsToken },
  });
  const startServer = await serveStarts(join(config.socketDir, 'guard.sock'), (question) => {
    for (const each of question.interfaces) if (each.kind === 'overlay') bridgePorts.hint(each.file, each);
    return starts.ask(question);
  });
  const looks = lookAfterEvents({ clock, netns: world.netns, starts, look: lookAgain });
  const unwatch = watchDocker({
    world,
    onChange: looks.changed,
    onFiles: looks.filesChanged,
    onStarted: looks.started,
    onMade: (container, task) => {
      claims.created(container, task);
      if (task !== undefined && !policy.tasks.has(task)) links.starting();
      starts.placeAgain();
    },
    onEnded: seen.ended,
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
