import type { ControllerStatus } from '../api/types.ts';
import type { Clock } from '../process/clock.ts';
import { readCertificateTimes } from './certificate-times.ts';
import { measureConvergence, type Convergence } from './convergence.ts';
import { createMetrics, type Metrics } from './registry.ts';

export interface ControllerSources {
  readonly version: string;
  readonly clock: Pick<Clock, 'elapsed' | 'now'>;
  status(): ControllerStatus;
  /** By code. */
  errors(): ReadonlyMap<string, number>;
  certificates(): string | undefined;
  /** What waits, by queue. */
  queues(): Readonly<Record<string, number>>;
  /** Of the agent that most waits for. */
  sendQueueBytes(): number;
}

export interface ControllerMetrics {
  readonly metrics: Metrics;
  readonly convergence: Convergence;
}

const STATES = ['connected', 'missing', 'down'] as const;

export function createControllerMetrics(sources: ControllerSources): ControllerMetrics {
  const metrics = createMetrics(sources.version, 'controller');
  const { read, readRows } = metrics;
  const nodes = () => sources.status().nodes;

  read('swarmwall_controller_serving', '1: it serves agents; 0: it waits.', () =>
    sources.status().state === 'serving' ? 1 : 0,
  );
  read(
    'swarmwall_controller_revision',
    "The controller's count of changes.",
    () => sources.status().revision,
  );
  readRows(
    'gauge',
    'swarmwall_nodes',
    'Nodes of the Swarm, by what is known of their agents.',
    ['state'],
    () => STATES.map((state) => [{ state }, nodes().filter((node) => node.state === state).length]),
  );
  readRows(
    'gauge',
    'swarmwall_agent_missing',
    '1: the node is up, and no agent speaks for it.',
    ['node'],
    () => nodes().map(({ hostname, state }) => [{ node: hostname }, state === 'missing' ? 1 : 0]),
  );
  readRows(
    'gauge',
    'swarmwall_node_degraded',
    "1: the node's agent says that it is degraded.",
    ['node'],
    () => nodes().map(({ hostname, health }) => [{ node: hostname }, health?.mode === 'degraded' ? 1 : 0]),
  );
  readRows(
    'gauge',
    'swarmwall_node_revisions_behind',
    'Changes of policy that were sent to the node and that its kernel does not hold yet.',
    ['node'],
    () =>
      nodes()
        .filter(({ subscribed }) => subscribed)
        .map(({ hostname, revision, current }) => [{ node: hostname }, Math.max(0, current - revision)]),
  );
  readRows('gauge', 'swarmwall_cluster_policies', 'Cluster policies in force.', [], () => [
    [{}, sources.status().clusterPolicies.policies],
  ]);
  readRows(
    'gauge',
    'swarmwall_cluster_policy_version',
    'The version in force of each cluster policy, group and setting.',
    ['policy'],
    () =>
      Object.entries(sources.status().clusterPolicies.versions).map(([policy, version]) => [
        { policy },
        version,
      ]),
  );
  readRows(
    'gauge',
    'swarmwall_policy_problems',
    'Stored policies that cannot be in force as they are.',
    [],
    () => [[{}, sources.status().clusterPolicies.problems.length]],
  );
  readRows('gauge', 'swarmwall_network_endpoints', 'Endpoints of each guarded network.', ['network'], () =>
    sources
      .status()
      .annotatedNetworks.map(({ network, endpoints }) => [{ network: network.name }, endpoints]),
  );
  readRows('counter', 'swarmwall_errors_total', 'What failed: Docker, managers.', ['code'], () =>
    [...sources.errors()].map(([code, count]) => [{ code }, count]),
  );
  readRows('gauge', 'swarmwall_queue_depth', 'What waits, by queue.', ['queue'], () =>
    Object.entries(sources.queues()).map(([queue, depth]) => [{ queue }, depth]),
  );
  read('swarmwall_send_queue_bytes', 'Waiting to be sent to the agent that most waits for.', () =>
    sources.sendQueueBytes(),
  );
  readCertificateTimes(metrics, () => sources.certificates());
  return { metrics, convergence: measureConvergence(metrics, sources.clock) };
}
