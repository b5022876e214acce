import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { findOpenConnections } from '../../plugin/agent/open-connections.ts';
import { lookIntoSandboxes } from '../../plugin/agent/sandboxes.ts';
import { trackConnections } from '../../plugin/kernel/connections.ts';
import { namespaceAt, type Namespace } from '../../plugin/kernel/namespace.ts';
import { runProcess } from '../../plugin/process/run.ts';
import type { NetworkPolicy, ServiceStance } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import { eventually } from '../lab/eventually.ts';
import type { OverlayLab, Role } from './lab/overlay-lab.ts';
import { overlaySuite } from './lab/overlay-suite.ts';
import { policyOfRoles } from './lab/policy-of-roles.ts';

const PORT = 80;
const OPEN = { ingress: 'open', egress: 'open' } as const;

describe('servers that speak first, on connections from before the present rules', () => {
  let lab: OverlayLab;
  let overlay: Overlay;
  overlaySuite((made) => (lab = made));
  afterEach(async () => {
    for (const role of ['a', 'c', 'remote'] as const)
      for (const name of ['tcp', 'udp', 'six']) await lab.endpoints[role].client.ask({ do: 'close', name });
  });

  const policy = (b: ServiceStance, free: ServiceStance['egress'] = 'open'): NetworkPolicy => {
    const allows = (['tcp', 'udp'] as const).flatMap((protocol) =>
      (['a', 'remote'] as const).map(
        (role) =>
          [`${protocol} ${role}`, { from: `s/${role}`, to: 's/b', protocol, port: PORT } as const] as const,
      ),
    );
    const made = policyOfRoles({
      roles: ['a', 'b', 'c', 'remote'],
      addressesOf: (role) => [lab.endpoints[role].address, lab.endpoints[role].address6],
      stance: { ingress: 'open', egress: free },
      allows: Object.fromEntries(allows),
    });
    return { ...made, services: { ...made.services, 's/b': b } };
  };
  const load = (first: NetworkPolicy, numbering = createNumbering()): void => {
    const guard = lab.ports.map((port) => {
      const own = Object.values(lab.endpoints).find(({ mac }) => mac === port.mac)!;
      return { ...port, addresses: [own.address, own.address6] };
    });
    overlay = createOverlay({ policy: first, numbering, guard });
    lab.apply(plan(overlay.program(), lab.observe()));
  };
  const change = (to: NetworkPolicy): void => {
    lab.apply(planChange(overlay.update({ network: 'n', whole: to })));
  };
  const open = async (role: Role, name: 'tcp' | 'udp' | 'six'): Promise<void> => {
    const { client } = lab.endpoints[role];
    const { address, address6 } = lab.endpoints.b;
    const protocol = name === 'udp' ? 'udp' : 'tcp';
    const to = name === 'six' ? address6 : address;
    assert.ok(await client.ask({ do: 'open', name, protocol, to, port: PORT }), `${role} ${name}`);
    assert.ok(await client.ask({ do: 'exchange', name }), `${role} ${name}`);
  };
  /** The server says something to all that are connected; who hears of it, before saying anything himself. */
  const hear = async (
    expected: Readonly<Partial<Record<Role, readonly ('tcp' | 'udp' | 'six')[]>>>,
    silent: readonly (readonly [Role, 'tcp' | 'udp' | 'six'])[] = [],
  ): Promise<void> => {
    const pushed = (role: Role, name: string) => lab.endpoints[role].client.ask({ do: 'pushed', name });
    const all = Object.entries(expected).flatMap(([role, names]) =>
      names.map((name) => [role as Role, name] as const),
    );
    const before = new Map<string, number>();
    for (const [role, name] of [...all, ...silent])
      before.set(`${role} ${name}`, Number(await pushed(role, name)));
    await lab.endpoints.b.client.ask({ do: 'push', port: PORT });
    for (const [role, name] of all)
      await eventually(async () =>
        assert.ok(Number(await pushed(role, name)) > before.get(`${role} ${name}`)!, `${role} ${name}`),
      );
    await pause(400);
    for (const [role, name] of silent)
      assert.equal(await pushed(role, name), before.get(`${role} ${name}`), `${role} ${name}`);
  };
  const everybody = { a: ['tcp', 'udp', 'six'], remote: ['tcp', 'udp', 'six'] } as const;
  const openAll = async (): Promise<void> => {
    for (const role of ['a', 'c', 'remote'] as const)
      for (const name of ['tcp', 'udp', 'six'] as const) await open(role, name);
  };
  const STRANGERS = [
    ['c', 'tcp'],
    ['c', 'udp'],
    ['c', 'six'],
  ] as const;

  for (const egress of ['open', 'isolated'] as const)
    it(`are heard when their service gets its first rules, by whom these allow (its egress ${egress})`, async () => {
      load({ ...policy(OPEN), allows: {} });
      await openAll();
      change(policy({ ingress: 'isolated', egress }));
      await hear(everybody, STRANGERS);
      assert.ok(Number(lab.counters('inet')['renewed']) > 0);
      for (const { client } of [lab.endpoints.a, lab.endpoints.remote])
        for (const name of ['tcp', 'udp', 'six']) assert.ok(await client.ask({ do: 'exchange', name }), name);
      assert.equal(await lab.endpoints.c.client.ask({ do: 'exchange', name: 'tcp' }), false);
    });

  it('are heard when an allow is replaced by a wider one', async () => {
    load(policy({ ingress: 'isolated', egress: 'isolated' }));
    for (const name of everybody.a) await open('a', name);
    const next = policy({ ingress: 'isolated', egress: 'isolated' });
    const wider = Object.entries(next.allows).map(
      ([key, allow]) => [`${key} and more`, { ...allow, endPort: PORT + 10 }] as const,
    );
    change({ ...next, allows: Object.fromEntries(wider) });
    await hear({ a: everybody.a });
    assert.ok(Number(lab.counters('inet')['renewed']) > 0);
  });

  it('are heard in audit, and what would be denied is told of whom asks next', async () => {
    load({ ...policy(OPEN), allows: {} });
    await openAll();
    change(policy({ ingress: 'audit', egress: 'open' }));
    await hear({ ...everybody, c: ['tcp', 'udp', 'six'] });
    for (const name of ['tcp', 'udp', 'six'])
      assert.ok(await lab.endpoints.c.client.ask({ do: 'exchange', name }));
    const { c, b } = lab.endpoints;
    assert.deepEqual(
      lab
        .denied()
        .map(({ src, dst, port, protocol, wouldDeny }) => [src, dst, port, protocol, wouldDeny].join(' '))
        .sort(),
      [
        `${c.address} ${b.address} 80 tcp true`,
        `${c.address} ${b.address} 80 udp true`,
        `${c.address6} ${b.address6} 80 tcp true`,
      ].sort(),
    );
  });

  it('are not heard by those who lost what they had, and open nothing for themselves', async () => {
    load(policy({ ingress: 'isolated', egress: 'open' }));
    for (const name of everybody.a) await open('a', name);
    change({ ...policy({ ingress: 'isolated', egress: 'open' }), allows: {} });
    await hear({}, [
      ['a', 'tcp'],
      ['a', 'udp'],
      ['a', 'six'],
    ]);
    assert.ok(Number(lab.counters('inet')['stray']) > 0);
    assert.equal(lab.counters('inet')['renewed'], 0);
  });

  describe('while nothing is known of any connection', () => {
    const at = (role: Role): Namespace =>
      namespaceAt(`/run/netns/${lab.endpoints[role].namespace}`, runProcess);
    /** As the agent does before a namespace's first rules; without `sandboxes` as if it did not. */
    const guard = async (sandboxes: readonly Role[]): Promise<void> => {
      const inside = namespaceAt(`/run/netns/${lab.namespace}`, runProcess);
      const ports = lab.ports.map((port) => {
        const own = Object.values(lab.endpoints).find(({ mac }) => mac === port.mac)!;
        return { ...port, addresses: [own.address, own.address6] };
      });
      const found = await findOpenConnections({
        ...{ overlay: inside, balancer: undefined, ports },
        sandboxes: lookIntoSandboxes(sandboxes.map(at)),
      });
      await trackConnections(inside, found);
      load(policy({ ingress: 'isolated', egress: 'isolated' }, 'isolated'));
    };

    it('would not be heard by those who only listen', async () => {
      await open('a', 'tcp');
      lab.run('conntrack', ['-F']);
      await guard([]);
      await hear({}, [['a', 'tcp']]);
    });

    it('are heard by whom the policy allows, once the sandboxes have said who began', async () => {
      for (const role of ['a', 'c', 'remote'] as const)
        for (const name of ['tcp', 'six'] as const) await open(role, name);
      lab.run('conntrack', ['-F']);
      await guard(['a', 'b', 'c', 'd']);
      await hear({ a: ['tcp', 'six'], remote: ['tcp', 'six'] }, [
        ['c', 'tcp'],
        ['c', 'six'],
      ]);
      for (const role of ['a', 'remote'] as const)
        for (const name of ['tcp', 'six'])
          assert.ok(await lab.endpoints[role].client.ask({ do: 'exchange', name }), `${role} ${name}`);
      assert.equal(await lab.endpoints.c.client.ask({ do: 'exchange', name: 'tcp' }), false);
    });
  });
});
