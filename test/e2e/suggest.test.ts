import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeCell, mismatched } from '../lab/demo/cell.ts';
import { deployFlat, stagedPath } from '../lab/demo/deploy-flat.ts';
import { deployRules } from '../lab/demo/enforce.ts';
import { expectByPolicy } from '../lab/demo/expect-by-policy.ts';
import { groupBy } from '../lab/demo/group-by.ts';
import { readPlainStacks } from '../lab/demo/plain-stacks.ts';
import { allPaths, probePaths, type Expect, type Path } from '../lab/demo/probe-matrix.ts';
import { readStacks } from '../lab/demo/voting-stacks.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import { probeAll } from '../lab/probe.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents } from './agents.ts';

const silent = (): void => undefined;
/** Ports that nobody listens on: a scan tries those, too. */
const CLOSED = [21, 22, 23, 25, 443, 3306, 8080];

/**
 * The agents' flow reader, whose lines are some minutes old: what nobody wants to wait for has been, and all that takes
 * them is as it is. A number of minutes in its file.
 */
const PAST_READER = '/root/reader-of-the-past';
const MINUTES_AGO = '/root/minutes-ago';
const PAST = `#!/usr/local/bin/node
const { readFileSync } = require('fs');
const reader = require('child_process').spawn('swarmwall-flow-reader', { stdio: ['inherit', 'pipe', 'inherit'] });
require('readline').createInterface({ input: reader.stdout }).on('line', (line) => {
  const words = line.split(' ');
  const before = 60_000 * Number(readFileSync('${MINUTES_AGO}', 'utf8'));
  // Of its first and its last packet.
  if (/^(flow|end) /.test(line)) for (const at of [11, 12]) words[at] = String(Number(words[at]) - before);
  process.stdout.write(words.join(' ') + '\\n');
});
`;
/** Agents of other tests were here before, and saw the same stacks. */
const VERDICT_LOG = '/var/lib/swarmwall/flows';

/** Of every stack; the published ports have one client. */
const SUGGESTED = [
  'voting/vote ingress monitoring/prometheus:9100 198.51.100.200:80',
  'voting/vote egress api:3000 monitoring/statsd:8125/udp',
  'voting/result ingress 198.51.100.200:80',
  'voting/result egress api:3000',
  'voting/api ingress monitoring/prometheus:9100 result:3000 vote:3000',
  'voting/api egress db:5432 monitoring/statsd:8125/udp queue:6379',
  'voting/queue ingress api:6379 worker:6379',
  'voting/queue egress none',
  'voting/worker ingress monitoring/prometheus:9100',
  'voting/worker egress db:5432 monitoring/statsd:8125/udp queue:6379',
  'voting/db ingress api:5432 worker:5432',
  'voting/db egress none',
  'monitoring/prometheus ingress none',
  'monitoring/prometheus egress statsd:9102 voting/api:9100 voting/vote:9100 voting/worker:9100',
  'monitoring/statsd ingress prometheus:9102 voting/api:8125/udp voting/vote:8125/udp voting/worker:8125/udp',
  'monitoring/statsd egress none',
  'attacker/attacker ingress none',
  'attacker/attacker egress none',
];

interface Suggested {
  readonly sides: readonly {
    readonly service: string;
    readonly direction: string;
    readonly entries: readonly { readonly text: string }[];
  }[];
}

describe("suggest, from what the demo's stacks without a policy do in audit", () => {
  const stacks = readPlainStacks();
  const services = stacks.flatMap((stack) => stack.services);
  let lab: Lab;
  let agents: Agents;
  /** Logs outlive their agents, and other tests were here before. */
  let started: number;
  let paths: readonly Path[];
  /** What the voting application and its monitoring do all day; the attacker's service has nothing to do here. */
  let legitimate: Expect;

  before(async () => {
    lab = await sharedLab();
    started = Date.now();
    await deployFlat(lab, stacks, silent);
    for (const node of lab.nodes) {
      await node.run('rm', ['-rf', VERDICT_LOG]);
      node.writeFile(PAST_READER, PAST);
      await node.run('chmod', ['+x', PAST_READER]);
    }
    setMinutesAgo(0);
    agents = new Agents(lab, [`SWARMWALL_FLOW_READER=${PAST_READER}`]);
    await agents.start();
    await setMode('audit');
    const tasks = await waitRunning(
      lab,
      services.map(({ swarmName }) => swarmName),
    );
    await agents.settled();
    paths = allPaths(lab, services, tasks, new Map());
    const policy = expectByPolicy(
      readStacks(),
      lab.nodes.map(({ address }) => address),
      lab.outside.addresses[0]!,
    );
    legitimate = (path) => (path.from.startsWith('attacker/') ? 'denied' : policy(path));
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  function setMinutesAgo(minutes: number): void {
    for (const node of lab.nodes) node.writeFile(MINUTES_AGO, String(minutes));
  }

  const setMode = (mode: string) =>
    lab.manager.run('swarmwall', ['mode', 'set', mode, '--cluster', '--timeout', '2m']);

  const age = () => `${Math.ceil((Date.now() - started) / 1000)}s`;

  async function work(): Promise<void> {
    const used = paths.filter((path) => legitimate(path) === 'allowed');
    for (const cell of await probePaths(used, () => 'allowed', { done: silent }))
      assert.equal(cell.observed, 'allowed', describeCell(cell));
  }

  async function workAgo(minutes: number): Promise<void> {
    setMinutesAgo(minutes);
    await work();
    // For what is on its way.
    await sleep(1_000);
  }

  /** Every door of everybody from each of the attacker's tasks; those that are open answer. */
  async function scan(): Promise<void> {
    const own = groupBy(
      paths.filter(({ from }) => from === 'attacker/attacker'),
      ({ prober }) => prober,
    );
    for (const [prober, victims] of own) {
      const open = victims.flatMap(({ addresses, protocol, port }) =>
        addresses.map((address) => ({ address, protocol, port })),
      );
      const closed = open.flatMap(({ address }) =>
        CLOSED.map((port) => ({ address, port, protocol: 'tcp' as const })),
      );
      const answers = await probeAll(prober, [...open, ...closed]);
      const answered = answers.filter(({ observed }) => observed === 'allowed').length;
      assert.ok(answered > open.length / 2, `${answered} of ${open.length} doors answer`);
    }
  }

  async function suggest(stack: string, ...options: readonly string[]): Promise<string> {
    const files = stacks.map((each) => `${each.name}=${stagedPath(each, 'flat')}`);
    const own = files.find((each) => each.startsWith(`${stack}=`))!.slice(stack.length + 1);
    const argv = [
      ...['suggest', '-c', own, '--stack', stack],
      ...files.filter((each) => !each.startsWith(`${stack}=`)).flatMap((each) => ['--with', each]),
      ...options,
    ];
    return (await lab.manager.run('swarmwall', argv)).stdout;
  }

  /** `voting/api ingress vote:3000`, of all stacks. */
  async function suggested(...options: readonly string[]): Promise<readonly string[]> {
    const entries: string[] = [];
    for (const { name } of stacks) {
      const { sides } = JSON.parse(await suggest(name, '--json', ...options)) as Suggested;
      for (const { service, direction, entries: own } of sides)
        entries.push(`${service} ${direction} ${own.map(({ text }) => text).join(' ') || 'none'}`);
    }
    return entries;
  }

  it('allows all of it and nothing else, also with a scan running meanwhile', async () => {
    await workAgo(2);
    await workAgo(1);
    await eventually(async () => {
      assert.deepEqual(await suggested('--min-times', '2'), SUGGESTED);
    }, 60_000);
    assert.deepEqual(
      (await suggested()).filter((side) => !side.endsWith(' none')),
      [],
      'what came in two minutes may have been an accident',
    );
    await workAgo(0);
    await eventually(async () => {
      assert.deepEqual(await suggested(), SUGGESTED);
    }, 60_000);

    await Promise.all([work(), scan()]);
    await eventually(async () => {
      const argv = ['observe', '--from', 'attacker/attacker', '--summary', '--json', '--since', age()];
      const seen = JSON.parse((await lab.manager.run('swarmwall', argv)).stdout) as readonly unknown[];
      assert.ok(seen.length > services.length * CLOSED.length, `${seen.length} of the scan are seen`);
    }, 30_000);
    assert.deepEqual(await suggested('--apply'), SUGGESTED);

    await setMode('unset');
    await deployRules(lab, stacks, silent);
    await agents.settled();
    const cells = await probePaths(paths, legitimate, { done: silent });
    assert.deepEqual(cells.filter(mismatched).map(describeCell), []);
  });
});
