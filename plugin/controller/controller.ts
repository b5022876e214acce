import { join } from 'node:path';
import type { Running } from '../agent/index.ts';
import { serveLocal } from '../api/local-server.ts';
import type { ControllerStatus, NodeStatus } from '../api/types.ts';
import { DEFAULT_CONFIG, TIMES, type Config } from '../config.ts';
import { connectEngine } from '../docker/dockerode-engine.ts';
import type { Engine } from '../docker/engine.ts';
import type { NodeRecord } from '../docker/node-mapper.ts';
import { VXLAN_PORT } from '../docker/swarm-mapper.ts';
import { asFault, Fault } from '../fault.ts';
import { createLog, type Log } from '../log.ts';
import { systemClock, type Clock } from '../process/clock.ts';
import { createRunner } from '../process/runner.ts';
import { policiesInForce, type StoredPolicies } from '../policy-store/stored-policies.ts';
import { connectSwarm } from '../deploy/dockerode-swarm.ts';
import { promoteStaged } from '../staged/promote.ts';
import { countErrors } from '../metrics/error-counts.ts';
import { nodePolicies } from '../policy-store/node-policies.ts';
import { authzDocuments } from '../policy-store/authz-documents.ts';
import { createAgentRegistry } from './agent-registry.ts';
import type { AgentSession } from './agent-session.ts';
import { createAuthzFeed } from './authz-feed.ts';
import { watchCluster } from './cluster-watch.ts';
import { drawCluster, type ClusterPicture } from './cluster-view.ts';
import { gatherFlows } from './gather-flows.ts';
import { hostFirewalls, swarmPorts } from './host-firewalls.ts';
import { createManagerSeat } from './manager-seat.ts';
import { createPolicyFeeds } from './policy-feeds.ts';
import { createPolicyReader } from './policy-reader.ts';
import { watchSight } from './swarm-sight.ts';
import { watchStaged } from './staged/watch-staged.ts';
import { annotatedNetworks, clusterModel, logRetention, nodeStatuses, policyStatus } from './status.ts';

export interface ControllerOptions {
  readonly config?: Partial<Config>;
  readonly log?: Log;
  readonly engine?: Engine;
  readonly clock?: Clock;
}

/** Serves policy from this manager until it is stopped; waits while Docker or Swarm is not there. */
export async function startController(options: ControllerOptions = {}): Promise<Running> {
  const config = { ...DEFAULT_CONFIG, ...options.config };
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog();
  const engine = options.engine ?? connectEngine(config.dockerSocket, clock, config.ownCallSecret);
  const aborting = new AbortController();
  const feeds = createPolicyFeeds();
  const authz = createAuthzFeed();
  const policies = createPolicyReader(engine, log);
  let picture: ClusterPicture | undefined;
  /** Told to the agents. */
  let fed: StoredPolicies = policies.stored;
  let lastError: ControllerStatus['lastError'];
  let lookAgain: number = TIMES.movingFirst;
  const unfed = new Set<AgentSession>();
  const errors = countErrors();

  const flows = gatherFlows({
    ...{ clock, log },
    picture: () => picture,
    sessions: () => registry.sessions(),
    mark: (flow) => staged.mark(flow),
  });
  const staged = watchStaged({
    ...{ clock, log, leads, ask: flows.askNode, recent: flows.hub.recent, losses: () => flows.losses },
    base: () => picture && { picture, stored: fed },
    nodes: () => [...(picture?.placement.nodes.values() ?? [])],
    promote: (version, by) => {
      const swarm = connectSwarm({ kind: 'socket', path: config.dockerSocket }, config.ownCallSecret);
      return promoteStaged(swarm, version, by);
    },
  });
  flows.hub.subscribe(staged.take);
  const registry = createAgentRegistry({
    clock,
    log,
    onChange: follow,
    onReport: noteRevisions,
    onFlows: flows.onFlows,
    onFlowHistory: flows.onFlowHistory,
    onSubscribe: (session) => {
      unfed.add(session);
      runner.mark();
    },
    onEnd: (session) => {
      unfed.delete(session);
      feeds.end(session);
      authz.end(session);
      watch.convergence.forget(session.identity.node);
      flows.onEnd(session);
    },
  });

  const sight = watchSight({ clock, log, sessions: () => registry.sessions().values() });

  const runner = createRunner({
    clock,
    minInterval: TIMES.controllerMinInterval,
    resync: TIMES.controllerResync,
    retryFirst: TIMES.retryFirst,
    retryMost: TIMES.retryMost,
    run: async (whole) => {
      if (whole) policies.markChanged();
      if (whole || !seat.serving || seat.stale) await seat.take();
      if (!seat.serving) runner.mark({ whole: true, in: TIMES.dockerRetry });
      else {
        await refresh();
        sight.saw();
      }
      lastError = undefined;
    },
    onError: (error) => {
      const { code, message } = asFault(error);
      errors.count(error);
      if (lastError?.message !== message) log.error({ code, err: error }, message);
      lastError = { at: clock.now(), code, message };
      seat.failed(message);
      sight.failed();
    },
  });

  const seat = createManagerSeat({
    ...{ config, clock, log, engine, registry },
    onCertificates: (certificates) => watch.map.renew(certificates),
    onStale: () => {
      runner.mark();
    },
  });

  function noteRevisions(session: AgentSession): void {
    const sent = feeds.sentTo(session);
    if (sent > 0)
      watch.convergence.observe(session.identity.node, sent, session.report?.health.revision ?? 0);
  }

  /** Tasks follow a service's change, and a container's, without an event of their own. */
  function follow(): void {
    runner.mark();
    for (const wait of TIMES.following) runner.mark({ in: wait });
  }

  async function refresh(): Promise<void> {
    const [services, tasks, nodes, networks, stored] = await Promise.all([
      engine.services(),
      engine.tasks(),
      engine.nodes(),
      engine.networks(),
      policies.refresh(),
    ]);
    picture = drawCluster(
      { services, tasks, nodes, networks },
      registry.words(),
      policiesInForce(stored),
      firewallsOf(stored),
    );
    flows.refreshed();
    const { placement } = picture;
    registry.parted.forgetOthers(placement.nodes.keys());
    for (const session of registry.sessions().values())
      if (!placement.nodes.has(session.identity.node))
        session.close(new Fault('peer-refused', 'the node is not in the Swarm (any more)'));
    feeds.advance(picture.view, placement, registry.sessions().values());
    authz.advance(authzDocuments(stored), registry.sessions().values());
    fed = stored;
    staged.refreshed(policies.staged);
    feed(picture);
    for (const session of registry.sessions().values()) noteRevisions(session);
    lookAgain = picture.moving ? Math.min(lookAgain * 2, TIMES.movingMost) : TIMES.movingFirst;
    if (picture.moving) runner.mark({ in: lookAgain });
  }

  function firewallsOf(stored: StoredPolicies) {
    const own = {
      managerPorts: seat.swarm?.managerPorts ?? [],
      dataPathPort: seat.swarm?.dataPathPort ?? VXLAN_PORT,
    };
    const ports = swarmPorts(own, config.controllerPort);
    return (nodes: Iterable<NodeRecord>) => hostFirewalls(nodes, nodePolicies(stored), ports);
  }

  /** A controller that has just begun lets the nodes report first: their load balancers are part of the policy. */
  function feed({ placement }: ClusterPicture): void {
    const sessions = registry.sessions();
    const missing = [...placement.nodes.values()].some(
      ({ id, up }) => up && sessions.get(id)?.report === undefined,
    );
    const left = seat.since.elapsed + TIMES.gathering - clock.elapsed();
    if (missing && left > 0) {
      if (unfed.size > 0) runner.mark({ in: left });
      return;
    }
    for (const session of unfed) {
      unfed.delete(session);
      feeds.subscribe(session, placement);
    }
  }

  function leads(): boolean {
    return sight.fresh && picture?.placement.nodes.get(seat.swarm?.node ?? '')?.leader === true;
  }

  function nodes(): readonly NodeStatus[] {
    return nodeStatuses(picture, registry.sessions(), {
      sentTo: feeds.sentTo,
      policies: feeds.calculator.networks(),
      missingSince: (node) => registry.parted.since(node) ?? seat.since.at,
    });
  }

  function status(): ControllerStatus {
    const { swarm, waitingFor } = seat;
    return {
      role: 'controller',
      version: config.version,
      hostname: swarm?.hostname ?? '',
      ...(swarm?.node === undefined ? {} : { node: swarm.node }),
      state: waitingFor === undefined ? 'serving' : 'waiting',
      ...(waitingFor === undefined ? {} : { reason: `waits for ${waitingFor}` }),
      revision: feeds.revision,
      nodes: nodes(),
      clusterPolicies: policyStatus(fed, authz),
      logs: logRetention(config),
      annotatedNetworks: annotatedNetworks(feeds.calculator.networks(), registry.sessions()),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      aborting.abort();
      await runner.stop();
      await seat.leave('nothing: it stops');
      staged.stop();
      await Promise.all([watch.stop(), api.close()]);
      finish();
    })());

  const watch = await watchCluster({
    ...{ config, clock, log, picture: () => picture, hub: flows.hub, status, nodes },
    losses: flows.losses,
    leads,
    errors: () => errors.byCode,
    certificates: () => config.certificates ?? seat.swarm?.certificates,
    queues: () => ({ 'unfed-agents': unfed.size }),
    sendQueueBytes: () =>
      Math.max(0, ...[...registry.sessions().values()].map(({ queuedBytes }) => queuedBytes)),
  });
  const api = await serveLocal(
    join(config.socketDir, 'controller.sock'),
    {
      '/v1/status': status,
      '/v1/model': () => {
        if (picture === undefined) throw new Fault('docker-unavailable', 'the cluster is not known yet');
        return clusterModel(feeds.revision, picture, nodes());
      },
      '/v1/map': () => watch.map.status(),
      '/v1/staged': staged.status,
    },
    () => void stop(),
    {},
    { '/v1/flows': flows.lines, '/v1/anomalies': watch.anomalies.lines },
  );
  engine.events({
    types: ['service', 'network', 'node', 'config'],
    signal: aborting.signal,
    onEvent: ({ Type }) => {
      if (Type === 'config') {
        policies.markChanged();
        runner.mark();
      } else follow();
    },
    onGap: () => {
      runner.mark({ whole: true });
    },
  });
  runner.mark({ whole: true });
  return { stop, ended };
}
