import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { DockerUserInput } from '../../rules/docker-user/docker-user.ts';
import type { EdgePolicy } from '../../rules/network-policy.ts';
import { eventually } from '../lab/eventually.ts';
import { dockerUserHost } from './lab/docker-user-host.ts';
import { createHostLab, type HostLab, type HostRole } from './lab/host-lab.ts';
import { readFlows, type ReadFlows } from './lab/read-flows.ts';

const CLOSED = { ingress: 'isolated', egress: 'isolated' } as const;
const OPEN = { ingress: 'open', egress: 'open' } as const;
const WEB: EdgePolicy = {
  ...{ stance: CLOSED, pair: CLOSED, near: [] },
  ingress: [{ cidr: '198.51.100.0/24', except: ['198.51.100.3'], protocol: 'tcp', port: 8080 }],
  egress: [{ cidr: '198.51.100.2', except: [], protocol: 'tcp', port: 9000 }],
  published: [
    { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
    { protocol: 'tcp', published: 8081, target: 8080, mode: 'host' },
  ],
};
const FREE: EdgePolicy = {
  ...{ stance: OPEN, pair: OPEN, near: [], ingress: [], egress: [] },
  published: [{ protocol: 'tcp', published: 81, target: 8081, mode: 'ingress' }],
};

describe('what DOCKER-USER tells of flows, read by the flow reader', () => {
  let lab: HostLab;
  let host: ReturnType<typeof dockerUserHost>;
  let flows: ReadFlows;

  before(async function () {
    this.timeout(120_000);
    lab = await createHostLab();
    host = dockerUserHost(lab);
  });
  after(() => lab.stop());
  beforeEach(async () => {
    lab.reset();
    lab.run('conntrack', ['-F']);
    flows = await readFlows(lab.namespaceOf('host'), 'edge');
  });
  afterEach(() => {
    flows.stop();
  });

  function load(web: EdgePolicy): void {
    const input: DockerUserInput = {
      tasks: [
        { address: lab.address.task, service: 's/web' },
        { address: lab.address.task2, service: 's/free' },
      ],
      sandbox: lab.address.sandbox,
      edges: { 's/web': web, 's/free': FREE },
      ...{ gatewaySubnets: ['172.30.0.0/24'], nodeAddresses: [] },
    };
    host.load(input);
  }

  const flow = (verdict: string, from: HostRole, to: HostRole, port: number, way = 'stays') =>
    `${verdict} ${way} ${lab.address[from]} → ${lab.address[to]} 6/${String(port)}`;

  async function isSeen(expected: readonly string[]): Promise<void> {
    await eventually(() => {
      assert.deepEqual(Object.keys(flows.seen()).sort(), [...expected].sort());
    });
    const { accepted, accepted_told, denied, denied_told, would_denied, would_denied_told } = host.told();
    assert.deepEqual([accepted_told, denied_told, would_denied_told], [accepted, denied, would_denied]);
  }

  it('is each allowed connection once, and each denied packet, at every edge', async () => {
    load(WEB);
    for (const port of [80, 81]) assert.ok(await lab.connects('client', 'sandbox', port));
    assert.ok(await lab.connects('client', 'task', 8080));
    assert.equal(await lab.connects('excepted', 'sandbox', 80), false);
    assert.ok(await lab.connects('task', 'client', 9000));
    assert.equal(await lab.connects('task', 'client', 9001), false);
    assert.ok(await lab.connects('task2', 'client', 9001), 'may go anywhere');
    assert.equal(await lab.connects('task', 'sandbox', 81), false);
    assert.ok(await lab.connects('client', 'task2', 9000), 'is not published, so Docker decides');
    await isSeen([
      ...[flow('allowed', 'client', 'sandbox', 80), flow('allowed', 'client', 'sandbox', 81)],
      ...[flow('allowed', 'client', 'task', 8080), flow('denied', 'excepted', 'sandbox', 80)],
      ...[flow('allowed', 'task', 'client', 9000), flow('denied', 'task', 'client', 9001)],
      ...[flow('allowed', 'task2', 'client', 9001), flow('denied', 'task', 'sandbox', 81)],
    ]);
    assert.equal(flows.seen()[flow('allowed', 'client', 'sandbox', 80)], 1, 'its other packets are not told');
    assert.equal(host.told().accepted, 5);
  });

  it('is what audit lets pass, and what goes to the node itself', async () => {
    const audit = { ingress: 'audit', egress: 'audit' } as const;
    load({ ...WEB, stance: audit, pair: audit });
    assert.ok(await lab.connects('excepted', 'sandbox', 80));
    assert.ok(await lab.connects('task', 'client', 9001));
    assert.ok(await lab.connects('task', 'sandbox', 81));
    assert.ok(await lab.reachesNode('task', '172.30.0.1', 9000));
    assert.ok(await lab.reachesNode('task2', '198.51.100.1', 9000));
    await isSeen([
      ...[flow('would-deny', 'excepted', 'sandbox', 80), flow('would-deny', 'task', 'client', 9001)],
      flow('would-deny', 'task', 'sandbox', 81),
      `would-deny comes ${lab.address.task} → 172.30.0.1 6/9000`,
      `allowed comes ${lab.address.task2} → 198.51.100.1 6/9000`,
    ]);
    for (const count of Object.values(flows.seen())) assert.equal(count, 1);
  });

  it('is the packets of a connection when it ends, to where it was translated, and of none that is not told', async () => {
    load(WEB);
    lab.run('iptables', ['-t', 'nat', '-F']);
    const nat = ['-d', '198.51.100.1', '-p', 'tcp', '--dport', '80', '-j', 'DNAT'];
    lab.run('iptables', [
      '-t',
      'nat',
      '-A',
      'PREROUTING',
      ...nat,
      '--to-destination',
      `${lab.address.sandbox}:80`,
    ]);
    lab.run('iptables', ['-t', 'nat', '-A', 'POSTROUTING', '-s', lab.address.task, '-j', 'MASQUERADE']);
    assert.ok(await lab.reachesNode('client', '198.51.100.1', 80));
    assert.ok(await lab.connects('task', 'client', 9000));
    assert.ok(await lab.reachesNode('client', '198.51.100.1', 9001), 'of the node itself');
    await isSeen([flow('allowed', 'client', 'sandbox', 80), flow('allowed', 'task', 'client', 9000)]);
    lab.run('conntrack', ['-D', '-p', 'tcp']);
    await eventually(() => {
      const ends = flows
        .ended()
        .map(({ source, destination, port, count }) => ({ source, destination, port, count }));
      const { client, sandbox, task } = lab.address;
      assert.deepEqual(
        ends.sort((a, b) => a.port - b.port),
        [
          { source: client, destination: sandbox, port: 80, count: 1 },
          { source: task, destination: client, port: 9000, count: 1 },
        ],
      );
    });
    for (const { packets, bytes } of flows.ended()) assert.ok(packets >= 4 && bytes >= 4 * 40);
    lab.run('iptables', ['-t', 'nat', '-F']);
  });

  it('adds up with what is counted as lost in a flood, and nothing else is denied', async () => {
    load(WEB);
    const flood = spawnSync(
      'nsenter',
      [
        `--net=/run/netns/${lab.namespaceOf('excepted')}`,
        ...['socat', '-u', '-b', '100', '-', `UDP4-SENDTO:${lab.address.task}:8080`],
      ],
      { input: Buffer.alloc(100 * 100_000) },
    );
    assert.equal(flood.status, 0, flood.stderr.toString());
    const { denied, denied_told: handedOn } = host.told();
    assert.ok(denied >= 100_000 && handedOn <= denied, `${handedOn} of ${denied}`);
    await eventually(async () => {
      const { read, lost } = flows.count('denied');
      // What was lost last shows by the number of the next.
      if (read + lost !== host.told().denied_told) await lab.connects('excepted', 'task', 8080);
      assert.equal(read + lost, host.told().denied_told);
    });
    assert.ok(await lab.connects('client', 'task', 8080));
  });
});
