import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { MapStatus } from '../../plugin/api/types.ts';
import type { Anomaly } from '../../rules/anomalies/anomaly.ts';
import type { ServiceMap } from '../../rules/map/map-data.ts';
import type { Report } from '../../rules/report/report.ts';
import { eventually } from '../lab/eventually.ts';
import { patient } from '../lab/full-kernel.ts';
import type { LabNode } from '../lab/node.ts';
import { probeAll } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';

const TARGETS = ['api', 'cache', 'db', 'mail', 'queue'] as const;
const service = (command: string, label: string): string => `
    image: swarmwall/demo:1
    command: [${command}]
    networks: [net]
    deploy: { endpoint_mode: dnsrr, labels: { swarmwall.ingress: '${label}' } }`;
const STACK = `version: '3.8'
services:
  scout:${service('tcp/80', 'none')}
  web:${service('tcp/80', 'none')}
${TARGETS.map((name) => `  ${name}:${service('tcp/5432', 'web:5432')}`).join('\n')}
networks:
  net: { driver: overlay }
`;
const NET = 'watched_net';
/** Others' logs and memory may still be on the node. */
const FOLDER = `/root/watch-${randomUUID()}`;
const HOOK = 8_099;
const SECRET = 'of-the-webhook';

/** Takes events, each as a line: what the header said, and the body. */
const RECEIVER = `
require('http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part)).on('end', () => {
    console.log(JSON.stringify({ secret: request.headers['x-swarmwall-secret'], anomaly: JSON.parse(body) }));
    response.end();
  });
}).listen(${HOOK}, '127.0.0.1');
`;

/** Asks the map: METHOD URL, then a cookie, a certificate, a key, each '' for none, and a form. Prints status, cookie and the first 200 kB of the body. */
const ASK = `
const [method, url, cookie, cert, key, form] = process.argv.slice(1);
const { readFileSync } = require('fs');
const own = cert ? { cert: readFileSync(cert), key: readFileSync(key) } : {};
const ca = readFileSync('/var/lib/docker/swarm/certificates/swarm-root-ca.crt');
const headers = { ...(cookie && { cookie }), ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) };
const end = (answer, body) => {
  console.log(JSON.stringify({ status: answer.statusCode, cookie: answer.headers['set-cookie']?.[0] ?? '', body }));
  process.exit(0);
};
const call = require('https').request(url, { method, headers, ca, ...own, checkServerIdentity: () => undefined }, (answer) => {
  let body = '';
  answer.on('data', (part) => {
    body += part;
    if (answer.headers['content-type']?.startsWith('text/event-stream') && body.includes('\\n\\n')) end(answer, body);
  });
  answer.on('end', () => end(answer, body));
});
call.on('error', (error) => { console.error(error.message); process.exit(1); });
call.end(form);
`;

interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly body: string;
}

describe('what looks at a real Swarm', () => {
  const swarm = guardedSwarm({
    stacks: { watched: STACK },
    settings: ['SWARMWALL_FLOW_DAYS=9', 'SWARMWALL_FLOW_MEGABYTES=200'],
    controllerSettings: [
      'SWARMWALL_ANOMALY_THRESHOLDS=silence=3s',
      ...[`SWARMWALL_AUTHZ_DIR=${FOLDER}`, 'SWARMWALL_MAP_ADDRESS=0.0.0.0'],
      ...[`SWARMWALL_WEBHOOK_URL=http://127.0.0.1:${HOOK}/`, `SWARMWALL_WEBHOOK_SECRET=${SECRET}`],
    ],
  });
  const find = (name: string): LabTask => swarm.tasks.find((task) => task.service === `watched_${name}`)!;
  const target = (name: string) => ({ to: find(name), network: NET, port: 5432 });

  async function metrics(node: LabNode, port: number): Promise<string> {
    const script = `fetch('http://127.0.0.1:${port}/metrics').then((answer) => answer.text()).then(console.log)`;
    return (await node.run('node', ['-e', script])).stdout;
  }

  /** The sum of the series that begin so. */
  const sumOf = (text: string, series: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(series))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);

  it('tells of a scan and whose it is: on the command line, in the metrics, to the webhook, after a restart', async () => {
    const { one, agents } = swarm;
    const receiver = await one.spawn('node', ['-e', RECEIVER], 'webhook');
    const since = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
    const argv = ['anomalies', '--json', '--since', since];
    const follower = await one.spawn('swarmwall', [...argv, '--follow'], 'anomalies-follow');
    const scout = find('scout');
    const scans = TARGETS.map((name) => ({
      ...{ protocol: 'tcp' as const, port: 5432 },
      address: find(name).addresses[NET]!,
    }));
    const answers = await probeAll(scout.prober, scans, patient(1));
    assert.deepEqual(
      answers.map(({ observed }) => observed),
      TARGETS.map(() => 'denied'),
    );
    const isScan = ({ kind, source }: Anomaly) =>
      kind === 'horizontal-scan' && source.name === 'watched/scout';
    const linesOf = <T>(log: string): readonly T[] =>
      log
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as T);
    await eventually(async () => {
      const found = linesOf<Anomaly>(follower.log()).find(isScan);
      assert.ok(found !== undefined, follower.log());
      assert.deepEqual(found.source.addresses, [scout.addresses[NET]]);
      assert.deepEqual(found.evidence.count, TARGETS.length);
      const samples = found.evidence.samples.filter((sample) => !sample.includes('→')).sort();
      assert.deepEqual(
        samples,
        TARGETS.map((name) => `watched/${name}`),
      );
      const events = linesOf<{ readonly secret: string; readonly anomaly: Anomaly }>(receiver.log());
      assert.deepEqual(
        events.find(({ anomaly }) => isScan(anomaly)),
        { secret: SECRET, anomaly: found },
      );
      const text = await metrics(one, 7_956);
      assert.equal(sumOf(text, 'swarmwall_anomalies_total{kind="horizontal-scan"}'), 1);
      assert.ok(sumOf(text, 'swarmwall_webhook_deliveries_total{result="delivered"}') >= 1);
    }, 60_000);
    await follower.stop('SIGINT');
    await receiver.stop();

    const kept = one.pathHere(`${FOLDER}/anomalies.jsonl`);
    await eventually(() => {
      assert.ok(existsSync(kept) && readFileSync(kept, 'utf8').includes('"horizontal-scan"'));
      return Promise.resolve();
    }, 60_000);
    await agents.stopController();
    await agents.startController();
    await agents.settled();
    const { stdout } = await one.run('swarmwall', argv);
    assert.ok((JSON.parse(stdout) as Anomaly[]).some(isScan), stdout);
  });

  it('counts a denied flow in the metrics of the agent that denied it, and of the controller', async () => {
    const { one } = swarm;
    const scout = find('scout');
    // `local` where both happen to run on one node, else `egress`.
    const own = 'swarmwall_flows_total{source="watched/scout",destination="watched/db",verdict="denied"';
    const policy = 'swarmwall_policy_verdicts_total{policy="watched/db",verdict="denied",mode="enforce"}';
    const read = async () => {
      const [agent, controller] = [await metrics(scout.node, 7_955), await metrics(one, 7_956)];
      return { agent, controller, counts: [sumOf(agent, own), sumOf(controller, policy)] as const };
    };
    const before = await read();
    await denies(scout, target('db'));
    await eventually(async () => {
      const { counts } = await read();
      assert.ok(counts[0] > before.counts[0], `agent: ${counts[0]}`);
      assert.ok(counts[1] > before.counts[1], `controller: ${counts[1]}`);
    }, 60_000);
    const { agent, controller } = await read();
    assert.equal(sumOf(agent, 'swarmwall_agent_enforcing'), 1);
    assert.equal(sumOf(controller, 'swarmwall_controller_serving'), 1);
    assert.equal(sumOf(controller, 'swarmwall_nodes{state="connected"}'), 2);
    const address = scout.addresses[NET]!;
    for (const text of [agent, controller]) assert.ok(!text.includes(address), 'addresses are no labels');
  });

  it('reports what is deployed', async () => {
    const { one, both } = swarm;
    const { stdout, exitCode } = await one.run('swarmwall', ['report', '--json'], { reject: false });
    assert.equal(exitCode, 1);
    const report = JSON.parse(stdout) as Report;
    const { services, ingressDenied, nodes, nodesEnforced } = report.summary;
    assert.deepEqual([services, ingressDenied, nodes, nodesEnforced], [7, 7, 2, 2]);
    const [stack] = report.stacks;
    assert.deepEqual(
      stack?.services.map(({ service: key, ingress, egress }) => `${key} ${ingress.stance} ${egress.stance}`),
      ['api', 'cache', 'db', 'mail', 'queue', 'scout', 'web'].map((name) => `watched/${name} deny open`),
    );
    assert.deepEqual(
      report.nodes.map(({ hostname, enforced, verdictLog }) => ({ hostname, enforced, verdictLog })),
      both.map(({ name }) => ({
        ...{ hostname: name, enforced: true },
        verdictLog: { days: 9, megabytes: 200 },
      })),
    );
    assert.deepEqual(
      report.networks.filter(({ name }) => name === NET),
      [{ name: NET, encryption: 'plain', missing: [] }],
    );
    assert.deepEqual(report.logs, { auditDays: 7, auditMegabytes: 1024 });
    const found = report.findings.map(({ code, subject }) => `${code} ${subject}`);
    for (const expected of [
      ...[`network-not-encrypted network ${NET}`, 'egress-open service watched/db'],
      'admission-not-enforced the Docker API',
    ])
      assert.ok(found.includes(expected), found.join('\n'));
    assert.ok(!found.some((each) => each.startsWith('node-not-enforced')), found.join('\n'));
    const page = await one.run('swarmwall', ['report', '--html', '-'], { reject: false });
    assert.match(page.stdout, /^<!doctype html>[^]*watched\/db[^]*9 days, at most 200 MB/iu);
  });

  it('serves the map of it by HTTPS, to a token and to managers', async () => {
    const { one, two } = swarm;
    await allows(find('web'), target('db'));
    const status = JSON.parse((await one.run('swarmwall', ['map', '--json'])).stdout) as MapStatus;
    assert.equal(status.state, 'serving');
    const base = `https://${one.address}:${new URL(status.url).port}`;
    const ask = async (node: LabNode, method: string, path: string, ...more: readonly string[]) =>
      JSON.parse((await node.run('node', ['-e', ASK, method, `${base}${path}`, ...more])).stdout) as Answer;
    const db = '/api/service?key=watched%2Fdb';

    assert.equal((await ask(one, 'GET', db)).status, 401);
    assert.equal((await ask(two, 'GET', db, '', ...(await certificateOf(two)))).status, 401);
    const { status: code, body } = await ask(one, 'GET', db, '', ...(await certificateOf(one)));
    assert.equal(code, 200);
    assert.deepEqual((JSON.parse(body) as { nodes: string[] }).nodes, [find('db').node.name]);

    const wrong = await ask(two, 'POST', '/login', '', '', '', 'token=of-somebody-else');
    assert.deepEqual([wrong.status, wrong.cookie], [401, '']);
    const login = await ask(two, 'POST', '/login', '', '', '', `token=${encodeURIComponent(status.token)}`);
    assert.equal(login.status, 303);
    assert.match(login.cookie, /; HttpOnly; Secure; SameSite=Strict$/u);
    const [cookie = ''] = login.cookie.split(';');
    await eventually(async () => {
      const live = await ask(two, 'GET', '/api/live?minutes=60', cookie);
      const [, event = ''] = /^data: (.*)$/mu.exec(live.body) ?? [];
      const { map } = JSON.parse(event) as { map: ServiceMap };
      const arrows = map.arrows
        .filter(({ to, state }) => to === 'service watched/db' && state !== 'unused')
        .map(({ from, state, ports }) => `${from} ${state} ${ports.join()}`);
      assert.deepEqual(arrows.sort(), [
        'service watched/scout denied 5432/tcp',
        'service watched/web allowed 5432/tcp',
      ]);
    }, 60_000);
    const ends = 'from=service%20watched%2Fscout&to=service%20watched%2Fdb';
    const arrow = JSON.parse((await ask(two, 'GET', `/api/arrow?${ends}`, cookie)).body) as {
      readonly flows: readonly { readonly verdict: string; readonly reason?: { readonly text: string } }[];
    };
    assert.ok(arrow.flows.length > 0);
    for (const { verdict, reason } of arrow.flows) {
      assert.equal(verdict, 'denied');
      assert.match(reason?.text ?? '', /^no ingress rule of watched\/db allows watched\/scout/u);
    }
  });

  it('tells of a node that falls silent, as soon as its setting says', async () => {
    const { one, two, agents } = swarm;
    await agents.killAgent(two);
    await eventually(async () => {
      const { stdout } = await one.run('swarmwall', ['anomalies', '--json', '--kind', 'silent-node']);
      const found = (JSON.parse(stdout) as Anomaly[]).find(({ source }) => source.name === two.name);
      assert.equal(found?.evidence.threshold, 3, stdout);
    }, 60_000);
    await agents.startAgent(two);
    await agents.settled();
  });

  /** swarmkit's own headers in the key are not PEM as OpenSSL takes it. */
  async function certificateOf(node: LabNode): Promise<readonly [certificate: string, key: string]> {
    const folder = '/var/lib/docker/swarm/certificates';
    await node.run('sh', ['-c', 'sed \'/: /d;/^$/d\' "$1"/swarm-node.key > /root/map.key', 'sh', folder]);
    return [`${folder}/swarm-node.crt`, '/root/map.key'];
  }
});
