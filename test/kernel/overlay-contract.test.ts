import assert from 'node:assert/strict';
import type { Allow, NetworkPolicy, ServiceStance } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, emptyOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import type { Program, ProgramChange } from '../../rules/nftables/program.ts';
import { createFakeWorld, createRealWorld, type Flow, type OverlayWorld } from './lab/overlay-world.ts';
import { policyOfRoles } from './lab/policy-of-roles.ts';

const ISOLATED: ServiceStance = { ingress: 'isolated', egress: 'open' };

for (const [name, create, family] of [
  ['the fake kernel', createFakeWorld, 'IPv4'],
  ['the real kernel', createRealWorld, 'IPv4'],
  ['the fake kernel', createFakeWorld, 'IPv6'],
  ['the real kernel', createRealWorld, 'IPv6'],
] as const)
  describe(`overlay contract on ${name}, ${family}`, () => {
    let world: OverlayWorld;
    let overlay: Overlay;

    before(async function () {
      this.timeout(120_000);
      world = await create(family);
    });
    after(() => world.stop());
    beforeEach(() => {
      world.reset();
    });
    afterEach(() => {
      assert.deepEqual(plan(judging(overlay), world.observe()), [], 'the kernel holds what is desired');
    });

    function load(allows: readonly Allow[], services: Readonly<Record<string, ServiceStance>> = {}): void {
      overlay = createOverlay({ policy: policy(allows, services), numbering: createNumbering(), guard: [] });
      world.apply(plan(judging(overlay), world.observe()));
    }

    function policy(
      allows: readonly Allow[],
      services: Readonly<Record<string, ServiceStance>>,
    ): NetworkPolicy {
      const own = policyOfRoles({
        roles: ['a', 'b', 'c', 'd'],
        addressesOf: (role) => [world.address(role)],
        stance: ISOLATED,
        allows: Object.fromEntries(allows.map((allow, index) => [`allow${index}`, allow])),
      });
      return {
        ...own,
        endpoints: { ...own.endpoints, [world.address('remote')]: { kind: 'load-balancer', node: 'n2' } },
        services: { ...own.services, ...services },
      };
    }

    function change(delta: Parameters<Overlay['update']>[0]): ProgramChange {
      const made = overlay.update(delta);
      world.apply(planChange(made));
      return made;
    }

    async function connects(...to: Parameters<OverlayWorld['connect']>): Promise<boolean> {
      const flow = await world.connect(...to);
      await flow?.close();
      return flow !== undefined;
    }

    async function open(...to: Parameters<OverlayWorld['connect']>): Promise<Flow> {
      const flow = await world.connect(...to);
      assert.ok(flow, `${to.join(' ')} connects`);
      return flow;
    }

    it('drops what is not allowed and counts it, by flow', async () => {
      load([{ from: 's/a', to: 's/b', protocol: 'tcp', port: 80 }]);
      assert.ok(await connects('a', 'b', 'tcp', 80));
      assert.equal(await connects('a', 'b', 'tcp', 81), false);
      assert.equal(await connects('a', 'b', 'udp', 80), false);
      assert.equal(await connects('b', 'a', 'tcp', 80), false);
      assert.equal(await connects('c', 'b', 'tcp', 80), false);
      assert.equal(await world.ping('a', 'b'), false);
      const denied = world
        .denied()
        .map(({ src, dst, protocol, port, wouldDeny }) => [src, dst, protocol, port, wouldDeny]);
      const [a, b, c] = (['a', 'b', 'c'] as const).map((role) => world.address(role));
      for (const flow of [
        [a, b, 'tcp', 81],
        [a, b, 'udp', 80],
        [b, a, 'tcp', 80],
        [c, b, 'tcp', 80],
        [a, b, 'icmp', undefined],
      ])
        assert.deepEqual(
          denied.filter((other) => flow.every((part, index) => other[index] === part)).length,
          1,
          String(flow),
        );
      assert.equal(denied.length, 5);
      assert.ok(world.counter('denied') >= 5);
    });

    it('allows UDP, ranges, a protocol, everything', async () => {
      load([
        { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
        { from: 's/a', to: 's/b', protocol: 'tcp', port: 2000, endPort: 2998 },
        { from: 's/a', to: 's/b', protocol: 'tcp', port: 1500, endPort: 2500 },
        { from: 's/a', to: 's/c', protocol: 'udp' },
        { from: 's/a', to: 's/d', protocol: 'any' },
      ]);
      assert.ok(await connects('a', 'b', 'udp', 80));
      assert.ok(await connects('a', 'b', 'tcp', 2000));
      assert.equal(await connects('a', 'b', 'tcp', 2999), false);
      assert.equal(await connects('a', 'b', 'udp', 2000), false);
      assert.ok(await connects('a', 'c', 'udp', 2999));
      assert.equal(await connects('a', 'c', 'tcp', 80), false);
      assert.equal(await world.ping('a', 'c'), false);
      assert.ok(await connects('a', 'd', 'tcp', 80));
      assert.ok(await connects('a', 'd', 'udp', 81));
      assert.ok(await world.ping('a', 'd'));
    });

    it('allows ICMP by itself, from one source and from any', async () => {
      load([
        { from: 's/a', to: 's/b', protocol: 'icmp' },
        { from: '*', to: 's/c', protocol: 'icmp' },
        { from: '*', to: 's/c', protocol: 'tcp', port: 1, endPort: 21 },
        { from: '*', to: 's/c', protocol: 'tcp', port: 23, endPort: 65535 },
      ]);
      assert.ok(await world.ping('a', 'b'));
      assert.equal(await connects('a', 'b', 'tcp', 80), false);
      assert.ok(await world.ping('a', 'c'));
      assert.ok(await connects('a', 'c', 'tcp', 80));
      assert.equal(await connects('a', 'c', 'udp', 80), false);
      assert.equal(await world.ping('a', 'd'), false);
    });

    it('lets any free source reach what is open or allows any, and no isolated one', async () => {
      load(
        [
          { from: '*', to: 's/b', protocol: 'tcp', port: 80 },
          { from: '*', to: 's/b', protocol: 'tcp', port: 2000, endPort: 2500 },
        ],
        { 's/c': { ingress: 'open', egress: 'open' }, 's/d': { ingress: 'isolated', egress: 'isolated' } },
      );
      assert.ok(await connects('a', 'b', 'tcp', 80));
      assert.ok(await connects('a', 'b', 'tcp', 2000));
      assert.equal(await connects('a', 'b', 'tcp', 2999), false);
      assert.equal(await connects('d', 'b', 'tcp', 80), false);
      assert.ok(await connects('a', 'c', 'udp', 2999));
      assert.ok(await world.ping('a', 'c'));
      assert.equal(await connects('d', 'c', 'tcp', 80), false);
      assert.equal(await connects('a', 'd', 'tcp', 80), false);
    });

    it('lets a load balancer reach every service, and nothing reach it', async () => {
      load([], { 's/d': { ingress: 'isolated', egress: 'open' } });
      assert.ok(await connects('remote', 'd', 'tcp', 80));
      assert.equal(await connects('a', 'remote', 'tcp', 80), false);
      const flow = await open('remote', 'd', 'tcp', 81);
      change({ network: 'n', endpoints: { [world.address('remote')]: null } });
      assert.equal(await flow.push(), false);
      assert.equal(await flow.exchange(), false);
    });

    it('passes what only audit holds back, and counts it', async () => {
      load(
        [
          { from: 's/a', to: 's/b', protocol: 'tcp', port: 80, wouldDeny: true },
          { from: 's/a', to: 's/c', protocol: 'tcp', port: 80 },
        ],
        { 's/c': { ingress: 'audit', egress: 'open' } },
      );
      assert.ok(await connects('a', 'c', 'tcp', 80));
      assert.equal(world.counter('would_denied'), 0);
      assert.ok(await connects('a', 'b', 'tcp', 80));
      assert.ok(await connects('a', 'c', 'udp', 81));
      assert.ok(await world.ping('a', 'c'));
      // Connections that an earlier test cut are still being tried.
      const own = world.denied().filter(({ src }) => src === world.address('a'));
      assert.deepEqual(
        own
          .map(({ dst, protocol, port, packets, wouldDeny }) => [dst, protocol, port, packets, wouldDeny])
          .sort(),
        [
          [world.address('b'), 'tcp', 80, 1, true],
          [world.address('c'), 'icmp', undefined, 1, true],
          [world.address('c'), 'udp', 81, 1, true],
        ],
      );
    });

    it('cuts exactly the flows of a revoked allow, both ways, at once', async () => {
      load([
        { from: 's/a', to: 's/b', protocol: 'tcp', port: 80 },
        { from: 's/a', to: 's/b', protocol: 'tcp', port: 81 },
        { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
        { from: '*', to: 's/c', protocol: 'udp', port: 80 },
        { from: '*', to: 's/c', protocol: 'tcp', port: 80 },
      ]);
      const cut = [await open('a', 'b', 'tcp', 80), await open('b', 'c', 'udp', 80)];
      const kept = [
        await open('a', 'b', 'tcp', 81),
        await open('a', 'b', 'udp', 80),
        await open('b', 'c', 'tcp', 80),
      ];
      change({ network: 'n', allows: { allow0: null, allow3: null } });
      for (const flow of cut) {
        assert.equal(await flow.push(), false, 'server to client');
        assert.equal(await flow.exchange(), false);
      }
      for (const flow of kept) {
        assert.ok(await flow.push());
        assert.ok(await flow.exchange());
      }
      assert.equal(await connects('a', 'b', 'tcp', 80), false);
    });

    it('cuts what a service had when it becomes isolated, either way', async () => {
      load([], { 's/c': { ingress: 'open', egress: 'open' }, 's/d': { ingress: 'open', egress: 'open' } });
      const toC = await open('a', 'c', 'udp', 80);
      const fromB = await open('b', 'd', 'udp', 80);
      const fromA = await open('a', 'd', 'udp', 81);
      change({
        network: 'n',
        services: { 's/c': ISOLATED, 's/b': { ingress: 'isolated', egress: 'isolated' } },
      });
      for (const flow of [toC, fromB]) {
        assert.equal(await flow.push(), false);
        assert.equal(await flow.exchange(), false);
      }
      assert.ok(await fromA.push());
      assert.ok(await fromA.exchange());
    });

    it('keeps a flow that another allow still covers', async () => {
      load([
        { from: 's/a', to: 's/b', protocol: 'udp', port: 80 },
        { from: 's/a', to: 's/b', protocol: 'udp' },
      ]);
      const flow = await open('a', 'b', 'udp', 80);
      change({ network: 'n', allows: { allow0: null } });
      assert.ok(await flow.exchange());
      assert.ok(await flow.push());
    });

    it('takes one element for an endpoint, and lets the next owner of an address inherit nothing', async () => {
      load([{ from: 's/a', to: 's/b', protocol: 'udp', port: 80 }]);
      const flow = await open('a', 'b', 'udp', 80);
      const made = change({
        network: 'n',
        endpoints: { [world.address('a')]: { kind: 'service', service: 's/d' } },
      });
      assert.equal(made.tables.flatMap(({ sets }) => sets).length, 1);
      assert.equal(made.tables[0]?.sets[0]?.add.length, 1);
      assert.equal(await flow.exchange(), false);
      assert.equal(await connects('a', 'b', 'udp', 80), false);
      change({ network: 'n', endpoints: { [world.address('c')]: { kind: 'service', service: 's/a' } } });
      assert.ok(await connects('c', 'b', 'udp', 80));
    });

    it('drops everything while nothing is known', async () => {
      load([{ from: '*', to: 's/b', protocol: 'any' }]);
      assert.ok(await connects('a', 'b', 'tcp', 80));
      world.apply(
        plan(
          emptyOverlay().filter(({ family }) => family === 'inet'),
          world.observe(),
        ),
      );
      assert.equal(await connects('a', 'b', 'tcp', 80), false);
      assert.equal(await connects('remote', 'b', 'tcp', 80), false);
      world.apply(plan(judging(overlay), world.observe()));
      assert.ok(await connects('a', 'b', 'tcp', 80));
    });
  });

/** The guard is another suite's. */
function judging(overlay: Overlay): readonly Program[] {
  return overlay.program().filter(({ family }) => family === 'inet');
}
