import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerStatus } from '../../plugin/api/types.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import type { RunResult } from '../lab/process.ts';
import { fromOutside, probe } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on, OpenConnection } from './agents.ts';

const SERVICE = 'image: swarmwall/demo:1, networks: [net], deploy: { mode: global, endpoint_mode: dnsrr';
const APP = `version: '3.8'
services:
  web: { ${SERVICE}, labels: { swarmwall.ingress: none, swarmwall.egress: 'db:5432,2222' } }, command: [tcp/80] }
  db:
    image: swarmwall/demo:1
    networks: [net]
    command: [tcp/5432, tcp/2222]
    ports: [{ target: 5432, published: 8432, mode: host }]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { tier: back, swarmwall.ingress: 'web:5432,2222' } }
  attacker: { ${SERVICE} }, command: [tcp/80] }
networks:
  net: { driver: overlay }
`;
const PLAIN = `version: '3.8'
services:
  one: { ${SERVICE} }, command: [tcp/80] }
  two: { ${SERVICE} }, command: [tcp/80] }
networks:
  net: { driver: overlay }
`;
const NET = 'app_net';
/** The bar: from the end of the command to the last packet that passes. */
const WITHIN = 1_000;

const deny = (port: number) => `kind: ClusterPolicy
name: no-ssh
tier: Admin
priority: 10
ingress:
  - { name: ssh, action: Deny, from: [{ any: true }], ports: [{ port: ${port} }] }
`;
const allow = (peer: string) => `kind: ClusterPolicy
name: opened
tier: Admin
priority: 20
subject: { serviceSelector: { matchLabels: { tier: back } } }
ingress:
  - { action: Allow, from: [{ ${peer} }], ports: [{ port: 5432 }] }
`;
const BASELINE = `kind: ClusterPolicy
name: closed
tier: Baseline
priority: 10
ingress:
  - { action: Deny, from: [{ any: true }] }
`;
const office = (...cidrs: readonly string[]) =>
  `kind: CIDRGroup\nname: office\ncidrs: [${cidrs.join(', ')}]\n`;

describe('cluster policies on two real nodes', () => {
  let lab: Lab;
  let agents: Agents;
  let tasks: readonly LabTask[];
  let one: LabNode;
  let two: LabNode;

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
    await deployStack(lab, 'app', APP);
    await deployStack(lab, 'plain', PLAIN);
    tasks = await waitRunning(lab, ['app_web', 'app_db', 'app_attacker', 'plain_one', 'plain_two']);
    await agents.settled();
    await sees('allowed', task('app_web', one), 'app_db', 5432);
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  const task = (service: string, node: LabNode): LabTask => on(tasks, service, node);
  const policy = async (argv: readonly string[], input = ''): Promise<RunResult> => {
    const ran = await one.run('swarmwall', ['policy', ...argv], { input, reject: false });
    assert.equal(ran.exitCode, 0, ran.stderr + ran.stdout);
    return ran;
  };
  const apply = (text: string, ...more: readonly string[]) => policy(['apply', '-f', '-', ...more], text);
  /** On both nodes. */
  const sees = async (
    expected: 'allowed' | 'denied',
    from: LabTask,
    service: string,
    port: number,
    network = NET,
  ): Promise<void> => {
    for (const node of [one, two])
      await eventually(async () =>
        assert.equal(
          await observe(from, task(service, node), network, port),
          expected,
          `${service} on ${node.name}`,
        ),
      );
  };
  const open = (node: LabNode, port: number, name: string) =>
    OpenConnection.open(task('app_web', one), task('app_db', node).addresses[NET]!, port, name);

  it('cut what the services themselves allow, open connections too, within a second of the command', async () => {
    const web = task('app_web', one);
    await sees('allowed', web, 'app_db', 2222);
    const cut = [await open(one, 2222, 'near'), await open(two, 2222, 'far')];
    const kept = [await open(one, 5432, 'kept-near'), await open(two, 5432, 'kept-far')];
    await apply(deny(2222), '--no-wait');
    const ended = Date.now();
    const lasted = await lastWords(cut, ended);
    console.log(`      cut after ${lasted.join(' and ')} ms from the command's end (same node, other node)`);
    for (const after of lasted) assert.ok(after < WITHIN, `${after} ms`);
    for (const node of [one, two])
      assert.equal(await observe(web, task('app_db', node), NET, 2222), 'denied');
    for (const connection of kept) assert.ok((await connection.hears(1_000)) > 5);
    for (const connection of cut) assert.equal(connection.heard(), await heardLater(connection));
    await Promise.all([...cut, ...kept].map((connection) => connection.close()));
  });

  it('are asked about like any other, with the line that decides', async () => {
    const ran = await one.run('swarmwall', ['can', 'app/web', 'app/db:2222'], { reject: false });
    assert.equal(ran.exitCode, 1, ran.stderr);
    assert.match(ran.stdout, /ingress: .*no-ssh.*swarmwall-policy\.no-ssh\.v1:6:5/u);
    assert.equal(
      (await one.run('swarmwall', ['can', 'app/web', 'app/db:5432'], { reject: false })).exitCode,
      0,
    );
    const explained = await one.run('swarmwall', ['explain', 'app/web', 'app/db:2222'], { reject: false });
    assert.match(explained.stdout, /no-ssh/u);
  });

  it('are removed, rolled back and changed, and the command ends when that is enforced', async () => {
    const web = task('app_web', one);
    const now = (): Promise<readonly string[]> =>
      Promise.all([one, two].map((node) => observe(web, task('app_db', node), NET, 2222)));
    assert.match((await policy(['rm', 'no-ssh'])).stdout, /removed, version 2\n✓ enforced on 2 nodes$/u);
    assert.deepEqual(await now(), ['allowed', 'allowed']);
    assert.match(
      (await policy(['rollback', 'no-ssh'])).stdout,
      /rolled back, version 3, a copy of version 1/u,
    );
    assert.deepEqual(await now(), ['denied', 'denied']);
    await apply(deny(23));
    assert.deepEqual(await now(), ['allowed', 'allowed']);
    await policy(['rollback', 'no-ssh', '--to', '3']);
    assert.deepEqual(await now(), ['denied', 'denied']);
    assert.match((await apply(deny(2222))).stdout, /no-ssh: unchanged/u);
  });

  it('have a history that says who, when and what', async () => {
    const { stdout } = await policy(['history', 'no-ssh', '--json']);
    const versions = JSON.parse(stdout) as {
      version: number;
      change: string;
      by: string;
      at: number;
      inForce: boolean;
    }[];
    assert.deepEqual(
      versions.map(({ version, change, inForce }) => `${version} ${change} ${inForce}`),
      ['5 rolled-back true', '4 changed false', '3 rolled-back false', '2 removed false', '1 created false'],
    );
    for (const { by, at } of versions) {
      assert.match(by, /^\w+@node1$/u);
      assert.ok(Math.abs(Date.now() - at) < 600_000, String(at));
    }
  });

  it('open what the stack itself closes, when an administrator allows it', async () => {
    const attacker = task('app_attacker', one);
    await sees('denied', attacker, 'app_db', 5432);
    await apply(allow('service: app/attacker'));
    await sees('allowed', attacker, 'app_db', 5432);
    await policy(['rm', 'opened']);
    await sees('denied', attacker, 'app_db', 5432);
  });

  it('hold below the services: a stack that says nothing is closed, one with its own policies is not touched', async () => {
    const plain = task('plain_one', one);
    await sees('allowed', plain, 'plain_two', 80, 'plain_net');
    await apply(BASELINE);
    await sees('denied', plain, 'plain_two', 80, 'plain_net');
    await sees('allowed', task('app_web', one), 'app_db', 5432);
    await policy(['rm', 'closed']);
    await sees('allowed', plain, 'plain_two', 80, 'plain_net');
  });

  it('follow a group of addresses that changes by itself', async () => {
    const address = lab.outside.addresses[0]!;
    const from = fromOutside(lab.outside);
    const outside = async (expected: 'allowed' | 'denied'): Promise<void> => {
      for (const node of [one, two]) {
        const target = { protocol: 'tcp', address: node.address, port: 8432, source: address } as const;
        await eventually(async () =>
          assert.equal((await probe(from, target, 1)).observed, expected, node.name),
        );
      }
    };
    await outside('denied');
    await apply(`${allow('group: office')}---\n${office(`${address}/32`)}`);
    await outside('allowed');
    await apply(office('192.0.2.0/24'));
    await outside('denied');
    await apply(office('192.0.2.0/24', `${address}/32`));
    await outside('allowed');
    const { stdout } = await policy(['list', '--json']);
    const listed = JSON.parse(stdout) as { name: string; version: number }[];
    assert.deepEqual(
      listed.map(({ name, version }) => `${name} ${version}`),
      ['no-ssh 5', 'opened 3', 'office 3'],
    );
    await policy(['rm', 'opened', 'office']);
    await outside('denied');
  });

  it('are not changed by a config that somebody wrote by hand, which is reported', async () => {
    const broken = deny(2222).replace('Deny', 'Denied');
    const name = 'swarmwall-policy.no-ssh.v6';
    await one.run('docker', ['config', 'create', '--label', 'swarmwall.policy=no-ssh', name, '-'], {
      input: broken,
    });
    await one.run('docker', ['config', 'create', '--label', 'swarmwall.policy=no-ssh', 'by-hand', '-'], {
      input: deny(80),
    });
    await eventually(async () => {
      const { problems, policies } = (await agents.controller()).clusterPolicies;
      assert.deepEqual(
        problems.map(({ config, code }) => `${config} ${code}`),
        ['by-hand strange-config', `${name} broken-policy`],
      );
      assert.equal(policies, 1);
    });
    const status = await one.run('swarmwall', ['status'], { reject: false });
    assert.match(status.stdout, /no-ssh\.v6 broken-policy 6:\d+ .*; version 5 stays in force/u);
    await sees('denied', task('app_web', one), 'app_db', 2222);
    await sees('allowed', task('app_web', one), 'app_db', 5432);
    await one.run('docker', ['config', 'rm', 'by-hand']);
    await apply(deny(2222));
    await eventually(async () => assert.deepEqual((await agents.controller()).clusterPolicies.problems, []));
  });

  it('outlive the controller', async () => {
    await agents.stopController();
    await sees('denied', task('app_web', one), 'app_db', 2222);
    await agents.startController();
    const status = await eventually<ControllerStatus>(async () => {
      const now = await agents.controller();
      assert.equal(now.clusterPolicies.policies, 1);
      return now;
    });
    assert.deepEqual(status.clusterPolicies.problems, []);
    await agents.settled();
    await sees('denied', task('app_web', one), 'app_db', 2222);
    await sees('allowed', task('app_web', one), 'app_db', 5432);
  });
});

/** For each connection: how long after `since` it heard its last answer, in ms; 0 when it was before. */
async function lastWords(connections: readonly OpenConnection[], since: number): Promise<readonly number[]> {
  const found = connections.map((connection) => ({ connection, heard: connection.heard(), at: 0 }));
  while (found.some(({ at }) => Date.now() - Math.max(since, since + at) < 2 * WITHIN)) {
    for (const each of found) {
      const now = each.connection.heard();
      if (now > each.heard) Object.assign(each, { heard: now, at: Date.now() - since });
    }
    if (found.some(({ at }) => at > 10 * WITHIN)) break;
    await sleep(5);
  }
  return found.map(({ at }) => at);
}

async function heardLater(connection: OpenConnection): Promise<number> {
  await sleep(500);
  return connection.heard();
}
