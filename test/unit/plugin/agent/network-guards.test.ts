import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdPolicy } from '../../../../plugin/agent/held-policy.ts';
import { guardNetworks, type NetworkGuardsOptions } from '../../../../plugin/agent/network-guards.ts';
import { keepSeenStarts } from '../../../../plugin/agent/starts/seen-starts.ts';
import { namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { silentLog } from '../../../../plugin/log.ts';
import type { NodeSnapshot } from '../../../../rules/network-policy.ts';
import { localFacts, localOverlay } from '../../../support/local-facts.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRun } from '../fake-run.ts';

const ID = 'ab12'.repeat(16);
const FILE = '1-net';
const NETWORK = { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };
const PORT = { port: 'veth7', mac: '02:42:0a:00:01:05', addresses: ['10.0.1.5'] };
const OVERLAY = localOverlay({ network: NETWORK, file: FILE });
const FACTS = localFacts({ overlays: [OVERLAY] });
const POLICY = {
  networks: {
    net: {
      network: NETWORK,
      endpoints: { '10.0.1.5': { kind: 'service', service: 'app/web' } },
      ...{ services: {}, allows: {} },
    },
  },
  ...{ tasks: { task: 'app/web' }, edges: {}, nodeAddresses: [] },
} as unknown as NodeSnapshot;

const setUp = (
  policy: NodeSnapshot | undefined,
  ahead: NetworkGuardsOptions['ahead'] = () => Promise.resolve(),
  folder = '/run/docker/netns',
) => {
  const clock = new FakeClock();
  const log = silentLog();
  const seen = keepSeenStarts({ clock, log });
  const stopped: string[] = [];
  const idle = (file: string, args: readonly string[]) => ({
    say: () => undefined,
    stop: () => void stopped.push([file, ...args].slice(-2).join(' ')),
    ended: new Promise<void>(() => undefined),
  });
  const fake = new FakeRun();
  const guards = guardNetworks({
    namespace: (file) => namespaceAt(join(folder, file), fake.run),
    ...{ follow: idle, converse: idle, clock, log, seen, saved: {} },
    policy: holdPolicy(policy),
    ahead,
    onDrift: () => undefined,
    onDirty: () => undefined,
  });
  const start = (task?: string) => {
    const interfaces = [{ kind: 'overlay', file: FILE, ...PORT } as const];
    seen.add({ container: ID, task, interfaces });
  };
  return {
    guards,
    seen,
    start,
    stopped,
    fake,
    clock,
    ports: () => guards.list().map(({ guard }) => guard.ports),
  };
};

describe("all networks' guards", () => {
  it('keep a port that was seen at a start when Docker tells what it knew before', async () => {
    const { guards, start, ports } = setUp(POLICY);
    await guards.seeFacts(FACTS);
    assert.deepEqual(ports(), [[]]);
    start('task');
    await guards.seeFacts(FACTS);
    assert.deepEqual(ports(), [[PORT]]);
  });

  it('give no port to a container with the address of a task that is another’s, whoever tells of it', async () => {
    const { guards, start, ports } = setUp(POLICY);
    start();
    await guards.seeFacts(FACTS);
    assert.deepEqual(ports(), [[]]);
    const endpoints = [{ container: ID, address: '10.0.1.5', task: 'other' }];
    await guards.seeFacts({ ...FACTS, overlays: [{ ...OVERLAY, endpoints, ports: [PORT] }] });
    assert.deepEqual(ports(), [[]]);
  });

  it('begin with the ports of an earlier look when the policy names a network that ran already', async () => {
    const { guards, ports } = setUp(POLICY);
    const endpoints = [{ container: ID, address: '10.0.1.5', task: 'task' }];
    await guards.seeFiles([FILE], [{ ...OVERLAY, endpoints, ports: [PORT] }]);
    assert.deepEqual(ports(), [[PORT]]);
  });

  it('take no ports of another network that had the file before, nor of a container that is not entitled', async () => {
    const other = { ...OVERLAY, network: { ...NETWORK, id: 'gone' }, ports: [PORT] };
    const { guards, ports } = setUp(POLICY);
    await guards.seeFiles([FILE], [other]);
    assert.deepEqual(ports(), [[]]);
    const endpoints = [{ container: ID, address: '10.0.1.5', task: 'other' }];
    const second = setUp(POLICY);
    await second.guards.seeFiles([FILE], [{ ...OVERLAY, endpoints, ports: [PORT] }]);
    assert.deepEqual(second.ports(), [[]]);
  });

  it('leave a start to a run while the network is to be guarded, and is not', async () => {
    const { guards } = setUp(POLICY);
    assert.equal(await guards.placePorts([OVERLAY]), false);
    const free = setUp(undefined);
    assert.equal(await free.guards.placePorts([{ ...OVERLAY, segment: true }]), false);
    assert.equal(await free.guards.placePorts([OVERLAY]), true, 'nobody annotates it');
  });

  it('do what is to be done ahead before anything is written, in a run and for a start', async () => {
    const written: (readonly [number, number])[] = [];
    const { guards, fake } = setUp(POLICY, async (one) => {
      const before = fake.calls.length;
      await new Promise((resolve) => setImmediate(resolve));
      written.push([fake.calls.length - before, one.guard.ports.length]);
    });
    await guards.seeFiles([FILE], []);
    // This kernel holds nothing that is written.
    await guards.apply().catch(() => undefined);
    await guards.seeFiles([FILE], []);
    await guards.placePorts([{ ...OVERLAY, ports: [PORT] }]).catch(() => undefined);
    assert.deepEqual(written, [
      [0, 0],
      [0, 1],
    ]);
  });

  it('carry over what is open on networks that were there before, and let new ones wait for nothing', async () => {
    const known = [
      { ...OVERLAY, endpoints: [{ container: ID, address: '10.0.1.5', task: 'task' }], ports: [PORT] },
    ];
    const asked = async (later: boolean) => {
      const { guards, fake } = setUp(POLICY);
      const inside = `nsenter --net=/run/docker/netns/${FILE} --`;
      const shown = [{ linkinfo: { info_data: { nf_call_iptables: 1, nf_call_ip6tables: 1 } } }];
      fake.answers.set(`${inside} ip -j -d link show br0`, JSON.stringify(shown));
      fake.answers.set(`${inside} nft -n -j list table`, { exitCode: 1 });
      if (later) await guards.seeFiles([], []);
      await guards.seeFiles([FILE], known);
      const isNew = guards.list().map((each) => each.isNew);
      await guards.apply().catch(() => undefined);
      const carried = fake.calls.some(({ argv }) => argv.includes('conntrack -L'));
      return { carried, isNew };
    };
    assert.deepEqual(await asked(false), { carried: true, isNew: [false] });
    assert.deepEqual(await asked(true), { carried: false, isNew: [true] });
  });

  it('begin anew in another namespace under the same name, and end what they keep in the old one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netns-'));
    try {
      writeFileSync(join(folder, FILE), '');
      const { guards, stopped } = setUp(POLICY, undefined, folder);
      await guards.seeFiles([FILE], []);
      const [first] = guards.list();
      await guards.seeFiles([FILE], []);
      assert.deepEqual([guards.list()[0]?.guard === first?.guard, stopped], [true, []]);
      writeFileSync(join(folder, 'next'), '');
      renameSync(join(folder, 'next'), join(folder, FILE));
      await guards.seeFiles([FILE], []);
      assert.equal(guards.list().length, 1);
      assert.notEqual(guards.list()[0]?.guard, first?.guard);
      assert.deepEqual([first?.isNew, guards.list()[0]?.isNew], [false, true]);
      assert.deepEqual(stopped.sort(), ['nft -i', 'nft monitor']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('end what they keep in a namespace with its file', async () => {
    const { guards, stopped } = setUp(POLICY);
    await guards.seeFiles([FILE], []);
    assert.equal(guards.list().length, 1);
    await guards.seeFiles([], []);
    assert.deepEqual([guards.list().length, stopped.sort()], [0, ['nft -i', 'nft monitor']]);
  });
});
