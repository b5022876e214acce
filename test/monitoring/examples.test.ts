import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { watchAnomalies } from '../../plugin/controller/anomalies/watch-anomalies.ts';
import { silentLog } from '../../plugin/log.ts';
import { createAgentMetrics } from '../../plugin/metrics/agent-metrics.ts';
import { createControllerMetrics } from '../../plugin/metrics/controller-metrics.ts';
import { countFlows } from '../../plugin/metrics/flow-metrics.ts';
import { countNodeLosses } from '../../plugin/metrics/loss-metrics.ts';
import { countPolicies } from '../../plugin/metrics/policy-metrics.ts';
import { NO_LOSSES } from '../../rules/flows/flow-losses.ts';
import { FakeClock } from '../unit/plugin/fake-clock.ts';
import { agentSources, controllerSources } from '../unit/plugin/metrics/agent-sources.ts';
import { check, EXAMPLES } from './programs.ts';

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const read = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');
const rules = (): Rules['groups'][number]['rules'] =>
  (parse(read('alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = (): Dashboard => JSON.parse(read('dashboard.json')) as Dashboard;

/** Name → labels, of all that agents and controllers serve. */
async function served(): Promise<ReadonlySet<string>> {
  const agent = createAgentMetrics(agentSources()).metrics;
  countFlows(agent, () => NO_LOSSES);
  const controller = createControllerMetrics(controllerSources()).metrics;
  countPolicies(controller);
  countNodeLosses(controller, () => new Map());
  const clock = new FakeClock();
  const watch = watchAnomalies({
    ...{ clock, log: silentLog(), metrics: controller },
    ...{ nodes: () => [], speaks: () => false },
  });
  await watch.stop();
  const all = await Promise.all([agent, controller].map(({ registry }) => registry.getMetricsAsJSON()));
  return new Set(
    all.flat().flatMap(({ name, type }) =>
      // As prom-client gives it: a name, or its number.
      String(type) === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

const named = (expr: string): readonly string[] => expr.match(/\b(?:swarmwall|process|nodejs)_\w+/g) ?? [];

describe('examples/monitoring', () => {
  it('has alert rules that promtool takes, and whose tests pass', () => {
    assert.match(check('promtool', 'check', 'rules', join(EXAMPLES, 'alerts.yml')), /SUCCESS/);
    assert.match(check('promtool', 'test', 'rules', join(EXAMPLES, 'alerts.test.yml')), /SUCCESS/);
  });

  it('has a test of each alert', () => {
    const tests = read('alerts.test.yml');
    for (const { alert } of rules()) assert.match(tests, new RegExp(`alertname: ${alert}\\b`), alert);
  });

  it('names no metric that nobody serves, in rules, dashboard and docs', async () => {
    const known = await served();
    const exprs = [
      ...rules().map(({ expr }) => expr),
      ...dashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    assert.ok(exprs.length > 40);
    const docs = readFileSync(join(EXAMPLES, '..', '..', 'docs', 'metrics.md'), 'utf8');
    const inDocs = docs.match(/`swarmwall_\w+`/g)!.map((name) => name.slice(1, -1));
    const unknown = [...exprs.flatMap(named), ...inDocs].filter((name) => !known.has(name));
    assert.deepEqual(unknown, []);
    const own = [...known].filter((name) => /^swarmwall_/.test(name) && !/_(?:bucket|sum|count)$/.test(name));
    assert.deepEqual(
      own.filter((name) => !inDocs.includes(name)),
      [],
      'what docs/metrics.md does not tell of',
    );
  });

  it('has a dashboard with a place of its own for each panel', () => {
    const { uid, panels } = dashboard();
    assert.equal(uid, 'swarmwall');
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  });

  it('has configurations that Prometheus and Alertmanager take', () => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmwall-monitoring-'));
    try {
      writeFileSync(join(folder, 'token'), 'geheim\n');
      writeFileSync(join(folder, 'alerts.yml'), read('alerts.yml'));
      const config = read('prometheus.yml')
        .replaceAll('/run/secrets/swarmwall_metrics_token', join(folder, 'token'))
        .replace('/etc/prometheus/alerts.yml', join(folder, 'alerts.yml'));
      writeFileSync(join(folder, 'prometheus.yml'), config);
      assert.match(check('promtool', 'check', 'config', join(folder, 'prometheus.yml')), /SUCCESS/);
      assert.match(check('amtool', 'check-config', join(EXAMPLES, 'alertmanager.yml')), /SUCCESS/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
