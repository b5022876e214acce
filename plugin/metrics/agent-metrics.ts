import { Histogram } from 'prom-client';
import type { ControllerLink } from '../api/types.ts';
import type { AgentHealth } from '../protocol.ts';
import type { Clock } from '../process/clock.ts';
import { readCertificateTimes } from './certificate-times.ts';
import { CONVERGENCE_BUCKETS } from './convergence.ts';
import { createMetrics, type Metrics } from './registry.ts';

export interface AgentSources {
  readonly version: string;
  readonly clock: Pick<Clock, 'elapsed'>;
  health(): AgentHealth;
  /** The policy that is held; `health` has the one that the kernel holds. */
  revision(): number;
  links(): readonly Pick<ControllerLink, 'state'>[];
  /** By code. */
  errors(): ReadonlyMap<string, number>;
  /** Folder of Swarm's certificates. */
  certificates(): string | undefined;
}

export interface AgentMetrics {
  readonly metrics: Metrics;
  /** A policy came. */
  taken(): void;
  /** The kernel holds what was held when it began. */
  applied(): void;
}

const ENCRYPTED = ['encrypted', 'broken', 'idle'] as const;
const LINKS = ['connected', 'connecting', 'refused'] as const;

export function createAgentMetrics(sources: AgentSources): AgentMetrics {
  const metrics = createMetrics(sources.version, 'agent');
  const { read, readRows } = metrics;
  let waiting: number | undefined;
  const apply = new Histogram({
    name: 'swarmwall_policy_apply_seconds',
    help: 'From a policy reaching this node until the kernel holds it.',
    buckets: CONVERGENCE_BUCKETS,
    registers: [metrics.registry],
  });

  read('swarmwall_agent_enforcing', '1: all programs are as they should be; 0: degraded.', () =>
    sources.health().mode === 'enforcing' ? 1 : 0,
  );
  read(
    'swarmwall_agent_start_time_seconds',
    'When it began, in seconds since 1970.',
    () => sources.health().startedAt / 1_000,
  );
  read(
    'swarmwall_policy_revision_applied',
    'Of the policy that the kernel holds.',
    () => sources.health().revision,
  );
  read('swarmwall_policy_revision_held', 'Of the policy that the agent has.', () => sources.revision());
  readRows('gauge', 'swarmwall_manager_links', 'Connections to managers.', ['state'], () =>
    LINKS.map((state) => [{ state }, sources.links().filter((link) => link.state === state).length]),
  );
  readRows('counter', 'swarmwall_errors_total', 'What failed: Docker, kernel, managers.', ['code'], () =>
    [...sources.errors()].map(([code, count]) => [{ code }, count]),
  );
  readRows('counter', 'swarmwall_drift_repaired_total', 'Rules that others changed, put back.', [], () => [
    [{}, sources.health().driftRepaired],
  ]);
  readPrograms(metrics, sources);
  readEncryption(metrics, sources);
  readCertificateTimes(metrics, () => sources.certificates());

  return {
    metrics,
    taken: () => {
      waiting ??= sources.clock.elapsed();
    },
    applied: () => {
      if (waiting === undefined || sources.health().revision !== sources.revision()) return;
      apply.observe((sources.clock.elapsed() - waiting) / 1_000);
      waiting = undefined;
    },
  };
}

function readPrograms({ readRows }: Metrics, { health }: AgentSources): void {
  const each = (value: (program: AgentHealth['programs'][number]) => number) => () =>
    health().programs.map((program) => [{ program: program.name }, value(program)] as const);
  readRows(
    'gauge',
    'swarmwall_program_applied',
    '1: the kernel holds this program.',
    ['program'],
    each(({ state }) => (state === 'applied' ? 1 : 0)),
  );
  readRows(
    'gauge',
    'swarmwall_program_entries',
    'Elements of a program.',
    ['program'],
    each(({ entries }) => entries),
  );
  readRows(
    'counter',
    'swarmwall_denied_packets_total',
    'Packets that a program dropped, since it was loaded.',
    ['program'],
    each(({ denied }) => denied),
  );
  readRows(
    'counter',
    'swarmwall_would_deny_packets_total',
    'Packets that a program let pass in audit mode only, since it was loaded.',
    ['program'],
    each(({ wouldDeny }) => wouldDeny),
  );
}

function readEncryption({ read, readRows }: Metrics, { health }: AgentSources): void {
  read(
    'swarmwall_encryption_available',
    '1: this kernel can encrypt overlays; 0: it cannot; absent: not known.',
    () => {
      const { encryption } = health();
      return encryption === 'unknown' ? undefined : encryption === 'available' ? 1 : 0;
    },
  );
  readRows(
    'gauge',
    'swarmwall_encrypted_network',
    'Networks meant to be encrypted that are on this node: 1 for the state that each is in.',
    ['network', 'state'],
    () =>
      health().encrypted.flatMap(({ name, state }) =>
        ENCRYPTED.map((each) => [{ network: name, state: each }, each === state ? 1 : 0] as const),
      ),
  );
}
