import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Running } from '../../plugin/agent/index.ts';
import { startController } from '../../plugin/controller/index.ts';
import { silentLog } from '../../plugin/log.ts';
import { createAgentMetrics } from '../../plugin/metrics/agent-metrics.ts';
import { countFlows } from '../../plugin/metrics/flow-metrics.ts';
import { serveMetrics, type MetricsServer } from '../../plugin/metrics/serve-metrics.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import { NO_LOSSES } from '../../rules/flows/flow-losses.ts';
import { flow, service } from '../unit/rules/anomalies/flows.ts';
import { agentSources } from '../unit/plugin/metrics/agent-sources.ts';
import { EXAMPLES, freePort, start, type StartedProgram } from './programs.ts';

const TOKEN = 'geheim';

interface Rule {
  readonly alert: string;
  for?: string;
}

/** The rules as they are shipped, but that none waits. */
function impatientRules(): string {
  const rules = parse(readFileSync(join(EXAMPLES, 'alerts.yml'), 'utf8')) as { groups: { rules: Rule[] }[] };
  for (const group of rules.groups) for (const rule of group.rules) if (rule.for) rule.for = '1s';
  return stringify(rules);
}

interface Posted {
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

describe('Prometheus and Alertmanager, with an agent and a controller', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'swarmwall-monitoring-'));
  const agent = createAgentMetrics(agentSources());
  const count = countFlows(agent.metrics, () => NO_LOSSES);
  const posted: Posted[] = [];
  const programs: StartedProgram[] = [];
  let receiver: Server;
  let metrics: MetricsServer;
  let controller: Running;
  let prometheusPort = 0;

  before(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        posted.push(JSON.parse(body) as Posted);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const receiverPort = (receiver.address() as { port: number }).port;
    const { registry } = agent.metrics;
    const clock = systemClock;
    metrics = await serveMetrics({
      ...{ registry, clock, log: silentLog() },
      ...{ address: '127.0.0.1', port: 0, token: TOKEN },
    });
    const controllerMetricsPort = await freePort();
    // Without a Docker it waits, and its metrics say so.
    controller = await startController({
      config: {
        ...{ dockerSocket: join(folder, 'no-docker.sock'), socketDir: folder, stateDir: folder },
        authzDir: folder,
        ...{ controllerMetricsPort, metricsToken: TOKEN },
      },
      log: silentLog(),
    });
    const alertmanagerPort = await freePort();
    prometheusPort = await freePort();
    const file = (name: string, content: unknown): string => {
      const path = join(folder, name);
      writeFileSync(path, typeof content === 'string' ? content : stringify(content));
      return path;
    };
    const alertmanager = file('alertmanager.yml', {
      route: { receiver: 'test', group_wait: '0s', group_interval: '1s', group_by: ['...'] },
      receivers: [{ name: 'test', webhook_configs: [{ url: `http://127.0.0.1:${receiverPort}/` }] }],
    });
    const job = (job_name: string, port: number) => ({
      ...{ job_name, authorization: { credentials: TOKEN } },
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    });
    const prometheus = file('prometheus.yml', {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [file('alerts.yml', impatientRules())],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
      scrape_configs: [
        job('swarmwall-agent', metrics.port!),
        job('swarmwall-controller', controllerMetricsPort),
      ],
    });
    programs.push(
      start(
        'prometheus-alertmanager',
        `--config.file=${alertmanager}`,
        `--storage.path=${join(folder, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
        '--cluster.listen-address=',
      ),
    );
    await until('Alertmanager', async () => {
      const answer = await fetch(`http://127.0.0.1:${alertmanagerPort}/-/ready`).catch(() => undefined);
      return answer?.ok === true;
    });
    programs.push(
      start(
        'prometheus',
        `--config.file=${prometheus}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
        // It knows its Alertmanager after some seconds: what fired before is sent again.
        '--rules.alert.resend-delay=1s',
      ),
    );
  });
  after(async () => {
    await Promise.all([...programs.map((program) => program.stop()), controller.stop(), metrics.close()]);
    receiver.close();
    receiver.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  /** The value of the one series that there is; undefined while there is none, or no Prometheus. */
  async function query(expr: string): Promise<number | undefined> {
    const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    assert.ok(data.result.length <= 1, `${expr} has ${data.result.length} series`);
    return data.result[0] && Number(data.result[0].value[1]);
  }

  async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
    for (let turn = 0; turn < 400; turn += 1) {
      if (await done()) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assert.fail(`never: ${what}\n${programs.map((program) => program.said()).join('\n')}`);
  }

  const denied = (connections: number) =>
    flow(service('attacker/attacker'), service('voting/db'), 5432, Date.now(), {
      ...{ verdict: 'denied', connections },
    });
  const FLOWS =
    'swarmwall_flows_total{source="attacker/attacker",destination="voting/db",verdict="denied",direction="egress"}';

  const fired = (alert: string) =>
    posted.flatMap(({ alerts }) => alerts).find(({ labels }) => labels['alertname'] === alert);

  it('a denied flow moves the counter of its services', async () => {
    count([denied(1)]);
    await until('one denied flow', async () => (await query(FLOWS)) === 1);
    count([denied(2)]);
    await until('three denied flows', async () => (await query(FLOWS)) === 3);
  });

  it('a burst of them fires the alert, and that reaches the receiver', async () => {
    count([denied(3_000)]);
    await until('the alert at the receiver', () => fired('SwarmwallDeniedBurst') !== undefined);
    const { status, labels, annotations } = fired('SwarmwallDeniedBurst')!;
    assert.equal(status, 'firing');
    assert.equal(labels['source'], 'attacker/attacker');
    assert.equal(labels['destination'], 'voting/db');
    assert.match(annotations['summary']!, /^attacker\/attacker is denied voting\/db \d+ times a second$/);
  });

  it('both endpoints are scraped with the token, and a controller without Docker says so', async () => {
    await until('two targets', async () => (await query('sum(up)')) === 2);
    await until(
      'its errors',
      async () => ((await query('swarmwall_errors_total{job="swarmwall-controller"}')) ?? 0) > 0,
    );
    assert.equal(await query('swarmwall_controller_serving'), 0);
    await until('the alert', () => fired('SwarmwallNoController') !== undefined);
  });

  it('a network that is not encrypted alerts by its name', async () => {
    await until('the alert', () => fired('SwarmwallEncryptionBroken') !== undefined);
    assert.equal(fired('SwarmwallEncryptionBroken')!.labels['network'], 'front');
  });
});
