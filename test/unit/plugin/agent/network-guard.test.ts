import assert from 'node:assert/strict';
import { guardNetwork } from '../../../../plugin/agent/network-guard.ts';
import type { ElementSession } from '../../../../plugin/kernel/element-session.ts';
import { namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { observeTables } from '../../../../plugin/kernel/observe.ts';
import { silentLog } from '../../../../plugin/log.ts';
import type { NetworkPolicy } from '../../../../rules/network-policy.ts';
import { createNumbering } from '../../../../rules/numbering.ts';
import { createOverlay } from '../../../../rules/overlay/overlay.ts';
import { asObserved } from '../../../../rules/plan.ts';
import { FakeRun } from '../fake-run.ts';

const NS = 'nsenter --net=/run/docker/netns/1-net --';
const POLICY: NetworkPolicy = {
  network: { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false },
  endpoints: {
    '10.0.1.2': { kind: 'service', service: 'app/web' },
    '10.0.1.3': { kind: 'service', service: 'app/db' },
  },
  services: {
    'app/web': { ingress: 'isolated', egress: 'open' },
    'app/db': { ingress: 'isolated', egress: 'open' },
  },
  allows: { 'app/web>app/db/tcp:5432': { from: 'app/web', to: 'app/db', protocol: 'tcp', port: 5432 } },
};
const BRIDGE_ON = JSON.stringify([
  { linkinfo: { info_data: { nf_call_iptables: 1, nf_call_ip6tables: 1 } } },
]);
const ADDED =
  'add element inet swarmwall ids { 10.0.1.9 : 7 }\nadd element inet swarmwall ends { 10.0.1.9 . 10.0.1.9 }\n';

const setUp = (elements?: Pick<ElementSession, 'add'>) => {
  const fake = new FakeRun();
  const program = createOverlay({
    policy: POLICY,
    numbering: createNumbering(undefined, 7),
    guard: [],
  }).program();
  const drifts: string[] = [];
  /** Ports, and how much had been loaded by then. */
  const carried: (readonly [number, number])[] = [];
  let own = 0;
  let held = false;
  let observing: () => void = () => undefined;
  fake.answers.set(`${NS} ip -j -d link show br0`, BRIDGE_ON);
  fake.answers.set(`${NS} nft -n -j list table`, { exitCode: 1 });
  const guard = guardNetwork({
    network: POLICY.network,
    namespace: namespaceAt('/run/docker/netns/1-net', fake.run),
    log: silentLog(),
    saved: undefined,
    numbersFrom: 7,
    onOwnChange: () => (own += 1),
    onDrift: (what) => drifts.push(what),
    carry: (ports) => {
      carried.push([ports.length, fake.matching(`${NS} nft -f -`).length]);
      return Promise.resolve();
    },
    ...(elements && { elements }),
    observe: (namespace) => {
      observing();
      observing = () => undefined;
      return held ? Promise.resolve(program.map(asObserved)) : observeTables(namespace);
    },
  });
  return {
    fake,
    guard,
    drifts,
    carried,
    own: () => own,
    holds: (yes: boolean) => (held = yes),
    whileObserving: (call: () => void) => (observing = call),
  };
};

const PORT = { port: 'veth7', mac: '02:42:0a:00:01:05', addresses: ['10.0.1.5'] };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** The fake kernel shows nothing, so what was written can't be read back: that is a mismatch, after the write. */
const write = (apply: Promise<void>) => assert.rejects(apply, { code: 'kernel-mismatch' });

describe("a network's guard", () => {
  it('writes default-deny for a network that nothing is known of, each table in one transaction', async () => {
    const { fake, guard, own } = setUp();
    await write(guard.apply());
    const loads = fake.matching(`${NS} nft -f -`);
    assert.deepEqual(
      loads.map(({ argv }) => argv),
      [`${NS} nft -f -`, `${NS} nft -f -`],
    );
    assert.match(loads[0]?.input ?? '', /hook forward priority 0; policy drop/);
    assert.doesNotMatch(loads[0]?.input ?? '', /10\.0\.1\./);
    assert.match(loads[1]?.input ?? '', /table bridge swarmwall/);
    assert.equal(own(), 2);
    assert.equal(guard.policy, 'none');
    assert.equal(guard.state, 'failed');
  });

  it('shows the bridge’s packets to netfilter first, and refuses to go on when that does not hold', async () => {
    const { fake, guard } = setUp();
    fake.answers.set(`${NS} ip -j -d link show br0`, BRIDGE_ON.replace('1}', '0}'));
    await assert.rejects(guard.apply(), { code: 'kernel-refused' });
    assert.equal(
      fake.matching(`${NS} ip link set br0 type bridge nf_call_iptables 1 nf_call_ip6tables 1`).length,
      1,
    );
    assert.equal(fake.matching(`${NS} nft -f`).length, 0);
  });

  it('carries over what its ports have open before its first rules, once', async () => {
    const { guard, carried } = setUp();
    guard.setPorts([PORT]);
    await write(guard.apply());
    guard.distrust();
    await write(guard.apply());
    assert.deepEqual(carried, [[1, 0]]);
  });

  it('carries nothing over without ports, nor where rules are, and holds no repair up with it', async () => {
    const closed = setUp();
    await write(closed.guard.apply());
    closed.guard.setPorts([PORT]);
    await write(closed.guard.apply());
    const adopted = setUp();
    adopted.holds(true);
    adopted.guard.setPolicy(POLICY);
    adopted.guard.setPorts([]);
    await adopted.guard.apply();
    adopted.holds(false);
    adopted.guard.setPorts([PORT]);
    adopted.guard.distrust();
    await write(adopted.guard.apply());
    assert.deepEqual([closed.carried, adopted.carried], [[], []]);
  });

  it('leaves alone what an earlier agent wrote until it knows better', async () => {
    const { fake, guard } = setUp();
    for (const family of ['inet', 'bridge'])
      fake.answers.set(`${NS} nft -n -j list table ${family}`, held(family));
    await guard.apply();
    assert.equal(fake.matching(`${NS} nft -f`).length, 0);
    guard.setPolicy(POLICY);
    await write(guard.apply());
    const [load] = fake.matching(`${NS} nft -f -`);
    assert.match(load?.input ?? '', /table inet swarmwall/);
    assert.equal(
      fake.matching(`${NS} nft -f -`).length,
      1,
      'its ports are not known yet: the bridge table stays',
    );
  });

  it('empties nothing that an earlier agent wrote when policy and ports come while it looks', async () => {
    const { fake, guard, holds, whileObserving } = setUp();
    holds(true);
    whileObserving(() => {
      guard.setPolicy(POLICY);
      guard.setPorts([PORT]);
    });
    await guard.apply();
    assert.deepEqual(fake.matching(`${NS} nft -f`), []);
  });

  it('makes one change for one endpoint, without looking at the kernel', async () => {
    const { fake, guard } = await applied();
    guard.update({ network: 'net', endpoints: { '10.0.1.9': { kind: 'service', service: 'app/web' } } });
    await guard.apply();
    assert.deepEqual(fake.calls, [{ argv: `${NS} nft -f -`, input: ADDED }]);
  });

  it('cuts the flows of an address that goes, after its rules', async () => {
    const { fake, guard } = await applied();
    guard.update({ network: 'net', endpoints: { '10.0.1.2': null } });
    await guard.apply();
    assert.deepEqual(
      fake.calls.map(({ argv }) => argv),
      [`${NS} nft -f -`, `${NS} conntrack -D -s 10.0.1.2`, `${NS} conntrack -D -d 10.0.1.2`],
    );
  });

  it('keeps what comes while it compares with the kernel', async () => {
    const { fake, guard, holds, whileObserving } = await applied();
    holds(true);
    whileObserving(() => {
      guard.update({ network: 'net', endpoints: { '10.0.1.9': { kind: 'service', service: 'app/web' } } });
    });
    guard.distrust();
    await guard.apply();
    await guard.apply();
    assert.deepEqual(
      fake.matching(`${NS} nft -f -`).map(({ input }) => input),
      [ADDED],
    );
  });

  it('goes on without the conntrack tool', async () => {
    const { fake, guard } = await applied();
    fake.answers.set(`${NS} conntrack`, { exitCode: 127 });
    guard.update({ network: 'net', endpoints: { '10.0.1.2': null } });
    await guard.apply();
    assert.equal(guard.state, 'applied');
  });

  it('starts again from what the kernel holds when a change is refused', async () => {
    const { fake, guard } = await applied();
    fake.answers.set(`${NS} nft -f -`, { exitCode: 1 });
    guard.update({ network: 'net', endpoints: { '10.0.1.9': { kind: 'service', service: 'app/web' } } });
    await assert.rejects(guard.apply(), { code: 'kernel-refused' });
    fake.answers.delete(`${NS} nft -f -`);
    fake.forget();
    await write(guard.apply());
    assert.equal(fake.matching(`${NS} nft -n -j list table inet swarmwall`).length, 2);
  });

  it('calls it drift when the kernel lost what nobody here changed, and only then', async () => {
    const { guard, drifts } = await applied();
    assert.deepEqual(drifts, []);
    guard.distrust();
    await write(guard.apply());
    assert.deepEqual(drifts, ['app_net: inet table loaded, bridge table loaded']);
  });

  it('gives a port the short way, and the long one when that does not say that it is done', async () => {
    for (const done of [true, false]) {
      const given: unknown[] = [];
      const { fake, guard, own } = await applied({
        add: (changes, onWrite) => {
          onWrite?.();
          given.push(changes.map(({ family, sets }) => [family, sets.map(({ set }) => set)]));
          return Promise.resolve(done);
        },
      });
      const before = own();
      guard.setPorts([PORT]);
      await guard.apply();
      assert.deepEqual(given, [[['bridge', ['ports']]]]);
      assert.deepEqual(
        fake.calls.map(({ argv }) => argv),
        done ? [] : [`${NS} nft -f -`],
      );
      assert.equal(own(), before + (done ? 1 : 2));
      assert.deepEqual(guard.appliedPorts, [PORT]);
    }
  });

  it('takes turns: what comes while it writes is written after it, and not said to be there before', async () => {
    const ends: (() => void)[] = [];
    const { guard } = await applied({
      add: () =>
        new Promise((resolve) => {
          ends.push(() => {
            resolve(true);
          });
        }),
    });
    const other = { ...PORT, port: 'veth8', addresses: ['10.0.1.6'] };
    guard.setPorts([PORT]);
    const first = guard.apply();
    await settle();
    guard.setPorts([PORT, other]);
    const second = guard.apply();
    await settle();
    assert.equal(ends.length, 1);
    ends[0]?.();
    await first;
    assert.deepEqual(guard.appliedPorts, [PORT]);
    await settle();
    ends[1]?.();
    await second;
    assert.deepEqual(guard.appliedPorts, [PORT, other]);
  });

  /** A guard whose program the kernel holds. */
  async function applied(elements?: Pick<ElementSession, 'add'>) {
    const world = setUp(elements);
    world.holds(true);
    world.guard.setPolicy(POLICY);
    world.guard.setPorts([]);
    await world.guard.apply();
    assert.equal(world.guard.state, 'applied');
    world.holds(false);
    world.fake.forget();
    return world;
  }
});

/** A whole table of some version, with nothing in it. */
function held(family: string): string {
  return JSON.stringify({
    nftables: [
      { table: { family, name: 'swarmwall' } },
      { chain: { name: 'forward', hook: 'forward', policy: 'drop' } },
      { rule: { chain: 'forward', comment: 'abc123:0/1' } },
    ],
  });
}
