import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StagedStatus } from '../../plugin/api/staged-types.ts';
import type { Anomaly } from '../../rules/anomalies/anomaly.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import { Managers } from '../faults/managers.ts';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { probeAll } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { deployStack } from './agents.ts';
import { allows, denies } from './observe.ts';

const TARGETS = ['api', 'cache', 'db', 'mail', 'queue'] as const;
const CLIENTS = ['web', 'job', 'scout'] as const;
const PORT = 5432;
const NET = 'many_net';
const FILE = '/root/next.yaml';
const HOOK = 8_099;
/** Of a service's habits: what it does after that for the first time is told. */
const LEARNING = 10_000;

/** Takes events, each as a line with the address of the manager that called. */
const RECEIVER = `
require('http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part)).on('end', () => {
    console.log(JSON.stringify({ by: request.socket.remoteAddress, anomaly: JSON.parse(body) }));
    response.end();
  });
}).listen(${String(HOOK)}, '0.0.0.0');
`;

interface Called {
  readonly by: string;
  readonly anomaly: Anomaly;
}

/** `lost`: runs web, and is lost. `other`: runs the other clients; `kept` the rest. */
interface Places {
  readonly lost: LabNode;
  readonly kept: LabNode;
  readonly other: LabNode;
}

function stackOn({ lost, kept, other }: Places, ingressOfDb: string): string {
  const service = (command: string, node: LabNode, label: string): string => `
    image: swarmwall/demo:1
    command: [${command}]
    networks: [net]
    deploy:
      endpoint_mode: dnsrr
      placement: { constraints: ['node.hostname == ${node.name}'] }
      labels: { swarmwall.ingress: '${label}' }`;
  const client = (name: string): LabNode => (name === 'web' ? lost : other);
  return `version: '3.8'
services:
${CLIENTS.map((name) => `  ${name}:${service('tcp/80', client(name), 'none')}`).join('\n')}
${TARGETS.map((name) => `  ${name}:${service(`tcp/${String(PORT)}`, kept, name === 'db' ? ingressOfDb : 'none')}`).join('\n')}
networks:
  net: { driver: overlay }
`;
}

describe('three managers', () => {
  let lab: Lab;
  let managers: Managers;
  let places: Places;
  let receiver: LabProcess;
  let tasks: readonly LabTask[];
  let began: number;
  let since: string;

  const task = (name: string): LabTask => tasks.find(({ service }) => service === `many_${name}`)!;
  const target = (name: string) => ({ to: task(name), network: NET, port: PORT });

  before(async () => {
    lab = await createLab({ prefix: `managers-${String(process.pid)}`, nodes: 3 });
    await lab.swarm({ managers: 3 });
    const lost = lab.node(await leaderBy(lab.manager));
    const [kept, other] = lab.nodes.filter((node) => node !== lost) as [LabNode, LabNode];
    places = { lost, kept, other };
    managers = new Managers(lab, [
      `SWARMWALL_ANOMALY_THRESHOLDS=learning=${String(LEARNING / 1_000)}s`,
      `SWARMWALL_WEBHOOK_URL=http://${kept.address}:${String(HOOK)}/`,
    ]);
    receiver = await kept.spawn('node', ['-e', RECEIVER], 'webhook');
    await managers.start();
    await deployStack(lab, 'many', stackOn(places, 'web:5432 job:5432'));
    tasks = await waitRunning(
      lab,
      [...CLIENTS, ...TARGETS].map((name) => `many_${name}`),
    );
    await managers.settled();
    began = Date.now();
    since = new Date(began).toISOString();
  });
  after(() => lab?.destroy());

  async function leaderBy(node: LabNode): Promise<string> {
    const { stdout } = await node.docker(['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
    const [, leader] = /^(\S+) Leader$/mu.exec(stdout) ?? [];
    assert.ok(leader !== undefined, stdout);
    return leader;
  }

  const swarmwall = (node: LabNode, ...argv: readonly string[]) =>
    node.run('swarmwall', argv, { reject: false, timeout: 120_000 });

  async function observed(node: LabNode): Promise<{ readonly flows: FlowRecord[]; readonly said: string }> {
    const argv = ['observe', '--json', '--limit', '1000', '--stack', 'many', '--since', since];
    const { stdout, stderr } = await swarmwall(node, ...argv);
    return { flows: JSON.parse(stdout) as FlowRecord[], said: stderr };
  }

  /** All that these managers tell, which must be the same of all of them. */
  async function observedAlike(nodes: readonly LabNode[]): Promise<readonly FlowRecord[]> {
    const told = await Promise.all(nodes.map(async (node) => (await observed(node)).flows));
    const texts = told.map((flows) => flows.map((flow) => JSON.stringify(flow)).sort());
    for (const text of texts.slice(1)) assert.deepEqual(text, texts[0]);
    return told[0] ?? [];
  }

  async function staged(node: LabNode): Promise<StagedStatus['staged']> {
    const { stdout } = await swarmwall(node, 'policy', 'staged', '--json');
    return (JSON.parse(stdout) as StagedStatus).staged;
  }

  async function anomalies(node: LabNode): Promise<readonly Anomaly[]> {
    const { stdout } = await swarmwall(node, 'anomalies', '--json');
    return JSON.parse(stdout) as Anomaly[];
  }

  const calls = (): readonly Called[] =>
    receiver
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Called);
  const named = ({ kind, source, destination }: Anomaly): string =>
    [kind, source.name, ...(destination === undefined ? [] : [destination.name])].join(' ');

  /** Each of these managers finds it, once, and one of them calls: the leader. */
  async function toldOnce(what: string, nodes: readonly LabNode[], leader: LabNode): Promise<void> {
    await eventually(async () => {
      for (const node of nodes) {
        const all = (await anomalies(node)).map(named);
        assert.equal(all.filter((each) => each === what).length, 1, `${node.name}: ${all.join(', ')}`);
      }
      assert.ok(calls().some(({ anomaly }) => named(anomaly) === what));
    }, 60_000);
    // Whoever else had something to say has said it when it found it.
    await sleep(1_000);
    const by = calls().flatMap((call) => (named(call.anomaly) === what ? call.by : []));
    assert.deepEqual(by, [leader.address]);
  }

  it('tell the same flows, of all nodes', async () => {
    await allows(task('web'), target('db'));
    await allows(task('job'), target('db'));
    await denies(task('scout'), target('db'));
    await eventually(async () => {
      const flows = await observedAlike(lab.nodes);
      const told = flows.map(({ node, source, destination, verdict }) =>
        [node, source.service, destination.service, verdict].join(' '),
      );
      const { lost, kept, other } = places;
      for (const one of [
        `${lost.name} many/web many/db allowed`,
        `${kept.name} many/web many/db allowed`,
        `${other.name} many/job many/db allowed`,
        `${other.name} many/scout many/db denied`,
      ])
        assert.ok(told.includes(one), `${one}: ${told.join(', ')}`);
    }, 60_000);
  });

  it('know what was staged on one of them, and judge it alike', async () => {
    const { kept } = places;
    kept.writeFile(FILE, stackOn(places, 'web:5432 job:5432 scout:5432'));
    const ran = await swarmwall(kept, 'policy', 'stage', '-c', FILE, '--stack', 'many', '--timeout', '60s');
    assert.equal(ran.exitCode, 0, ran.stderr);
    await eventually(async () => {
      const told = await Promise.all(lab.nodes.map(staged));
      for (const reports of told) {
        const [report] = reports;
        assert.deepEqual(report?.gaps, []);
        assert.deepEqual(report.breaks, []);
        assert.deepEqual(
          report.opens.map(({ from, to, port }) => `${from} → ${to}:${String(port)}`),
          [`many/scout → many/db:${String(PORT)}`],
        );
      }
      assert.equal(new Set(told.map(([report]) => report?.id)).size, 1);
    }, 60_000);
    await eventually(async () => {
      const flows = await observedAlike(lab.nodes);
      const verdicts = flows.map(({ verdict, staged: then }) => `${verdict}, staged ${String(then)}`);
      assert.ok(verdicts.includes('denied, staged allowed'), verdicts.join('; '));
    }, 60_000);
  });

  it('find what is new to a service, each of them, and one calls', async () => {
    await sleep(Math.max(0, began + LEARNING + 5_000 - Date.now()));
    await denies(task('job'), target('api'));
    await toldOnce('new-peer many/job many/api', lab.nodes, lab.node(await leaderBy(lab.manager)));
  });

  it('go on without the one that led, while its controller still runs: they know what was, and one calls', async () => {
    const { lost, kept, other } = places;
    const left = [kept, other];
    await managers.kill(lost, 'agent');
    await lost.stopEngine('SIGKILL');
    await eventually(async () => {
      assert.notEqual(await leaderBy(kept), lost.name);
      // What they know of who leads is as new as what they know of this node.
      for (const node of left) {
        const { nodes } = await managers.controller(node);
        const seen = nodes.find(({ hostname }) => hostname === lost.name);
        assert.equal(seen?.state, 'down', node.name);
      }
    }, 90_000);
    const leader = lab.node(await leaderBy(kept));

    await allows(task('job'), target('db'));
    await denies(task('job'), target('api'));
    await denies(task('job'), target('cache'));
    const doors = TARGETS.map((name) => ({
      ...{ protocol: 'tcp' as const, port: PORT },
      address: task(name).addresses[NET]!,
    }));
    for (const { observed: verdict } of await probeAll(task('scout').prober, doors))
      assert.equal(verdict, 'denied');
    await toldOnce('horizontal-scan many/scout', left, leader);
    await toldOnce('new-peer many/job many/cache', left, leader);
    for (const node of left) {
      const of = (await anomalies(node)).map(named).filter((name) => name.startsWith('new-peer many/job'));
      assert.deepEqual(of.sort(), ['new-peer many/job many/api', 'new-peer many/job many/cache']);
    }
  });

  it('put in force what one of them staged, on another, also where agents followed the one that is lost', async () => {
    const { lost, kept, other } = places;
    // That one sends them away itself, in time: it knows nothing new of the Swarm.
    await eventually(async () => {
      for (const node of [kept, other]) {
        const { controllers } = await managers.agent(node);
        const source = controllers.find(({ subscribed }) => subscribed)?.address;
        assert.ok(source !== undefined && source.split(':')[0] !== lost.address, `${node.name}: ${source}`);
      }
    }, 90_000);
    const promoted = await swarmwall(other, 'policy', 'promote', '--stack', 'many', '--timeout', '60s');
    assert.equal(promoted.exitCode, 0, promoted.stderr);
    await allows(task('scout'), target('db'));
    await denies(task('scout'), target('mail'));
    for (const node of [kept, other])
      await eventually(async () => {
        assert.deepEqual(await staged(node), []);
      }, 30_000);
  });

  it('tell what a lost node told them, and that the rest is missing', async () => {
    const { lost, kept, other } = places;
    await managers.kill(lost, 'controller');
    await managers.settled([kept, other]);
    await eventually(async () => {
      const flows = await observedAlike([kept, other]);
      assert.ok(flows.some(({ node, source }) => node === lost.name && source.service === 'many/web'));
      for (const node of [kept, other])
        assert.match(
          (await observed(node)).said,
          new RegExp(`the past of ${lost.name} is not all here: its agent is not connected`, 'u'),
        );
    }, 60_000);
  });
});
