import assert from 'node:assert/strict';
import { createAgentMetrics } from '../../../../plugin/metrics/agent-metrics.ts';
import { createControllerMetrics } from '../../../../plugin/metrics/controller-metrics.ts';
import { countFlows } from '../../../../plugin/metrics/flow-metrics.ts';
import { countNodeLosses } from '../../../../plugin/metrics/loss-metrics.ts';
import { countPolicies } from '../../../../plugin/metrics/policy-metrics.ts';
import { createMetrics } from '../../../../plugin/metrics/registry.ts';
import { flow, service, START, world } from '../../rules/anomalies/flows.ts';
import { TestCa } from '../certificates.ts';
import { FakeClock } from '../fake-clock.ts';
import { agentSources, controllerSources, HEALTH } from './agent-sources.ts';

const NO_LOSSES = { limited: 0, unread: 0, crowded: 0, unwritten: 0, ends: 0 };

function has(text: string, line: string): void {
  assert.ok(
    text.split('\n').includes(line),
    `no line ${line} in\n${text.match(/^swarmwall.*/gm)?.join('\n')}`,
  );
}

describe('metrics', () => {
  it('of an agent are its health, its links, and what it has failed at', async () => {
    const text = await createAgentMetrics(agentSources()).metrics.registry.metrics();
    for (const line of [
      `swarmwall_build_info{version="1.2.3",role="agent",node_version="${process.version}"} 1`,
      'swarmwall_agent_enforcing 1',
      'swarmwall_agent_start_time_seconds 1790000000',
      'swarmwall_policy_revision_applied 7',
      'swarmwall_manager_links{state="connected"} 1',
      'swarmwall_manager_links{state="refused"} 1',
      'swarmwall_drift_repaired_total 2',
      'swarmwall_errors_total{code="docker-failed"} 4',
      'swarmwall_program_applied{program="front"} 1',
      'swarmwall_program_applied{program="DOCKER-USER"} 0',
      'swarmwall_denied_packets_total{program="front"} 3',
      'swarmwall_would_deny_packets_total{program="front"} 1',
      'swarmwall_encryption_available 1',
      'swarmwall_encrypted_network{network="front",state="broken"} 1',
      'swarmwall_encrypted_network{network="front",state="encrypted"} 0',
    ])
      has(text, line);
    assert.doesNotMatch(
      text,
      /^swarmwall_certificate_not_after_timestamp_seconds \d/m,
      'there is no certificate',
    );
  });

  it('are read anew each time, and count nothing twice', async () => {
    let driftRepaired = 2;
    const { metrics } = createAgentMetrics(agentSources({ health: () => ({ ...HEALTH, driftRepaired }) }));
    has(await metrics.registry.metrics(), 'swarmwall_drift_repaired_total 2');
    driftRepaired = 3;
    has(await metrics.registry.metrics(), 'swarmwall_drift_repaired_total 3');
  });

  it('of a certificate are its times, as Swarm renews it', async () => {
    const ca = new TestCa();
    try {
      let folder = ca.issue('node', '/O=cluster/OU=swarm-worker/CN=node');
      const { metrics } = createAgentMetrics(agentSources({ certificates: () => folder }));
      const times = async (): Promise<readonly number[]> =>
        [...(await metrics.registry.metrics()).matchAll(/^swarmwall_certificate_\w+ (\d+)$/gm)].map(
          ([, at]) => Number(at),
        );
      const [from, to] = await times();
      assert.equal(to! - from!, 86_400);
      folder = '/nowhere';
      assert.deepEqual(await times(), []);
    } finally {
      ca.remove();
    }
  });

  it('of a policy on its way tell how long the kernel took', async () => {
    const clock = new FakeClock();
    let applied = 7;
    const agent = createAgentMetrics(
      agentSources({ clock, revision: () => 8, health: () => ({ ...HEALTH, revision: applied }) }),
    );
    agent.taken();
    await clock.pass(200);
    agent.applied();
    has(await agent.metrics.registry.metrics(), 'swarmwall_policy_apply_seconds_count 0');
    applied = 8;
    await clock.pass(200);
    agent.applied();
    has(await agent.metrics.registry.metrics(), 'swarmwall_policy_apply_seconds_sum 0.4');
  });

  it('of a controller are its nodes, and how far each is behind', async () => {
    const clock = new FakeClock();
    const { metrics, convergence } = createControllerMetrics(controllerSources({ clock }));
    convergence.observe('one', 8, 5);
    await clock.pass(3_000);
    const text = await metrics.registry.metrics();
    for (const line of [
      'swarmwall_controller_serving 1',
      'swarmwall_nodes{state="missing"} 1',
      'swarmwall_agent_missing{node="two"} 1',
      'swarmwall_agent_missing{node="one"} 0',
      'swarmwall_node_revisions_behind{node="one"} 3',
      'swarmwall_cluster_policy_version{policy="no-ssh"} 3',
      'swarmwall_queue_depth{queue="webhook"} 1',
      'swarmwall_convergence_pending_seconds 3',
      'swarmwall_convergence_seconds_count 0',
    ])
      has(text, line);
    convergence.observe('one', 9, 8);
    has(await metrics.registry.metrics(), 'swarmwall_convergence_seconds_sum 3');
    has(await metrics.registry.metrics(), 'swarmwall_convergence_pending_seconds 0');
    convergence.observe('one', 10, 8);
    convergence.forget('one');
    await clock.pass(60_000);
    has(await metrics.registry.metrics(), 'swarmwall_convergence_pending_seconds 0');
  });

  describe('of flows', () => {
    const counted = () => {
      const metrics = createMetrics('1', 'agent');
      const count = countFlows(metrics, () => ({ ...NO_LOSSES, unread: 9 }));
      return { count, text: () => metrics.registry.metrics() };
    };

    it('are by services and verdict; addresses are no labels', async () => {
      const { count, text } = counted();
      const denied = { verdict: 'denied', connections: 3, packets: 5, bytes: 300 } as const;
      count([
        flow(service('shop/web'), service('shop/db'), 5432, START, denied),
        flow(world(), service('shop/web'), 80, START, { direction: 'ingress', connections: 0 }),
      ]);
      const all = await text();
      for (const line of [
        'swarmwall_flows_total{source="shop/web",destination="shop/db",verdict="denied",direction="egress"} 3',
        'swarmwall_flows_total{source="world",destination="shop/web",verdict="allowed",direction="ingress"} 1',
        'swarmwall_flow_packets_total{verdict="denied",direction="egress"} 5',
        'swarmwall_flow_bytes_total{verdict="denied",direction="egress"} 300',
        'swarmwall_flow_records_lost_total{why="unread"} 9',
      ])
        has(all, line);
      assert.doesNotMatch(all, /203\.0\.113/);
    });

    it('that are lost are told by node as each agent says it, and as this manager missed it', async () => {
      const metrics = createMetrics('1', 'controller');
      const quiet = { ...NO_LOSSES, dropped: 0 };
      const losses = new Map([
        ['one', { ...quiet, unread: 9, dropped: 4 }],
        ['two', quiet],
      ]);
      countNodeLosses(metrics, () => losses);
      const all = await metrics.registry.metrics();
      has(all, 'swarmwall_node_flow_records_lost_total{node="one",why="unread"} 9');
      has(all, 'swarmwall_node_flow_records_lost_total{node="one",why="dropped"} 4');
      assert.equal(all.match(/^swarmwall_node_flow_records_lost_total\{/gm)?.length, 2);
    });

    it('are bounded: what does not fit is "other", and that is counted', async () => {
      const { count, text } = counted();
      count(Array.from({ length: 5_000 }, (_, n) => flow(service(`s/${n}`), service('shop/db'), 1, START)));
      // What has its series keeps it.
      count([flow(service('s/0'), service('shop/db'), 1, START)]);
      const all = await text();
      assert.equal(all.match(/^swarmwall_flows_total\{/gm)?.length, 1_001);
      has(
        all,
        'swarmwall_flows_total{source="other",destination="other",verdict="allowed",direction="egress"} 4000',
      );
      has(all, 'swarmwall_label_overflow_total{metric="swarmwall_flows_total"} 4000');
      has(
        all,
        'swarmwall_flows_total{source="s/0",destination="shop/db",verdict="allowed",direction="egress"} 2',
      );
    });

    it('show hostile names as text, within one line', async () => {
      const { count, text } = counted();
      const hostile = `a"} 1\nswarmwall_fake 1\u001b[31m\\${'x'.repeat(5_000)}`;
      count([flow(service(hostile), service('\ud800__proto__'), 1, START)]);
      const all = await text();
      assert.doesNotMatch(all, /^swarmwall_fake/m);
      assert.doesNotMatch(all, /\u001b|x{200}/);
      assert.match(
        all,
        /source="a\\"} 1\ufffdswarmwall_fake 1\ufffd\[31m\\\\x+",destination="\ufffd__proto__"/,
      );
    });
  });

  it('of policies are by what decided, and bounded', async () => {
    const metrics = createMetrics('1', 'controller');
    const count = countPolicies(metrics);
    const by = (policy: string) =>
      flow(service('shop/web'), service('shop/db'), 5432, START, {
        ...{ verdict: 'denied', connections: 3, reason: { policy, text: '' } },
      });
    count([
      by('admin no-ssh'),
      flow(service('shop/web'), service('shop/db'), 80, START, { staged: 'denied' }),
    ]);
    count(Array.from({ length: 600 }, (_, n) => by(`p${n}`)));
    const text = await metrics.registry.metrics();
    has(text, 'swarmwall_policy_verdicts_total{policy="admin no-ssh",verdict="denied",mode="enforce"} 3');
    has(text, 'swarmwall_policy_verdicts_total{policy="",verdict="allowed",mode="enforce"} 1');
    has(text, 'swarmwall_staged_verdicts_total{verdict="allowed",staged="denied"} 1');
    has(text, 'swarmwall_policy_verdicts_total{policy="other",verdict="denied",mode="enforce"} 306');
    has(text, 'swarmwall_label_overflow_total{metric="swarmwall_policy_verdicts_total"} 102');
  });

  it('of rows are bounded, too', async () => {
    const programs = Array.from({ length: 700 }, (_, n) => ({ ...HEALTH.programs[0]!, name: `net${n}` }));
    const { metrics } = createAgentMetrics(agentSources({ health: () => ({ ...HEALTH, programs }) }));
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    assert.equal(text.match(/^swarmwall_program_entries\{/gm)?.length, 500);
    assert.match(text, /swarmwall_label_overflow_total\{metric="swarmwall_program_entries"\} (200|400)\n/);
  });
});
