import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, TABLE, type Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange, removeAll } from '../../rules/plan.ts';
import type { Step } from '../../rules/step.ts';
import { eventually } from '../lab/eventually.ts';
import type { OverlayLab } from './lab/overlay-lab.ts';
import { overlaySuite } from './lab/overlay-suite.ts';
import { policyOfRoles } from './lab/policy-of-roles.ts';

describe('overlay program under traffic on the real kernel', () => {
  let lab: OverlayLab;
  let overlay: Overlay;

  overlaySuite((made) => (lab = made));
  beforeEach(() => {
    overlay = createOverlay({ policy: policy(), numbering: createNumbering(), guard: lab.ports });
    lab.apply(plan(overlay.program(), lab.observe()));
  });

  function policy(): NetworkPolicy {
    return policyOfRoles({
      roles: ['a', 'b', 'c'],
      addressesOf: (role) => [lab.endpoints[role].address],
      stance: { ingress: 'isolated', egress: 'open' },
      allows: {
        tcp: { from: 's/a', to: 's/b', protocol: 'tcp', port: 80 },
        udp: { from: '*', to: 's/b', protocol: 'udp', port: 80 },
        range: { from: 's/a', to: 's/b', protocol: 'tcp', port: 2048, endPort: 4095 },
      },
    });
  }

  /** Every service replaced while old connections and new attempts run: [exchanges lost, packets leaked]. */
  async function underTraffic(work: () => void): Promise<readonly [number, number]> {
    const { a, b, c } = lab.endpoints;
    for (const protocol of ['tcp', 'udp'] as const) {
      assert.ok(await a.client.ask({ do: 'open', name: protocol, protocol, to: b.address, port: 80 }));
      await a.client.ask({ do: 'run', name: protocol });
    }
    await c.client.ask({ do: 'open', name: 'leak', protocol: 'udp', to: b.address, port: 81 });
    await c.client.ask({ do: 'flood', name: 'leak' });
    await pause(100);
    for (let round = 0; round < 15; round++) {
      work();
      await pause(10);
    }
    const lost = [
      await a.client.ask({ do: 'halt', name: 'tcp' }),
      await a.client.ask({ do: 'halt', name: 'udp' }),
    ];
    await eventually(() => {
      assert.ok((lab.counters('inet')['denied'] ?? 0) > 100, 'the denied flow kept trying');
    });
    const leaked = await c.client.ask({ do: 'halt', name: 'leak' });
    for (const name of ['tcp', 'udp']) await a.client.ask({ do: 'close', name });
    await c.client.ask({ do: 'close', name: 'leak' });
    return [Number(lost[0]) + Number(lost[1]), Number(leaked)];
  }

  it('loses and leaks nothing when it is loaded whole again', async () => {
    const load: Step[] = overlay.program().map((program) => ({ kind: 'load-table', program }));
    assert.deepEqual(
      await underTraffic(() => {
        lab.apply(load);
      }),
      [0, 0],
    );
  });

  it('loses and leaks nothing when it replaces another version', async () => {
    const replace = () => {
      lab.nft(['add', 'chain', 'inet', TABLE, 'foreign']);
      lab.apply(plan(overlay.program(), lab.observe()));
    };
    assert.deepEqual(await underTraffic(replace), [0, 0]);
    assert.deepEqual(plan(overlay.program(), lab.observe()), []);
  });

  it('replaces sets that another version declared otherwise', () => {
    lab.reset();
    lab.nft(
      ['-f', '-'],
      [
        `table inet ${TABLE} {`,
        'map ids { type ipv4_addr : verdict; }',
        'set live { typeof meta mark . ct mark; }',
        'chain judge { type filter hook input priority 0; policy drop; ip saddr vmap @ids; }',
        'chain forward { type filter hook forward priority 0; policy accept; }',
        '}',
      ].join('\n'),
    );
    lab.apply(plan(overlay.program(), lab.observe()));
    assert.deepEqual(plan(overlay.program(), lab.observe()), []);
  });

  it('loses and leaks nothing when endpoints and allows come and go', async () => {
    let present = false;
    const flip = () => {
      present = !present;
      const key = `s/new`;
      lab.apply(
        planChange(
          overlay.update({
            network: 'n',
            endpoints: { '10.88.0.200': present ? { kind: 'service', service: key } : null },
            services: { [key]: present ? { ingress: 'open', egress: 'audit' } : null },
            allows: {
              n: present ? { from: key, to: 's/b', protocol: 'tcp', port: 3000, endPort: 4000 } : null,
            },
          }),
        ),
      );
    };
    assert.deepEqual(await underTraffic(flip), [0, 0]);
    assert.deepEqual(plan(overlay.program(), lab.observe()), []);
  });

  it('keeps its numbers over a restart, so that established flows live on', async () => {
    const { a, b } = lab.endpoints;
    const saved = createNumbering();
    overlay = createOverlay({ policy: policy(), numbering: saved, guard: lab.ports });
    lab.apply(plan(overlay.program(), lab.observe()));
    assert.ok(await a.client.ask({ do: 'open', name: 'kept', protocol: 'udp', to: b.address, port: 80 }));
    assert.ok(await a.client.ask({ do: 'exchange', name: 'kept' }));
    const numbering = createNumbering(
      JSON.parse(JSON.stringify(saved.save())) as ReturnType<typeof saved.save>,
    );
    overlay = createOverlay({ policy: policy(), numbering, guard: lab.ports });
    assert.deepEqual(plan(overlay.program(), lab.observe()), []);
    await a.client.ask({ do: 'close', name: 'kept' });
  });

  const drift: readonly (readonly [string, readonly string[]])[] = [
    ['a rule put in front', ['insert', 'rule', 'inet', TABLE, 'forward', 'accept']],
    ['a rule added at the end', ['add', 'rule', 'inet', TABLE, 'judge', 'accept']],
    ['a chain emptied', ['flush', 'chain', 'inet', TABLE, 'deny']],
    ['a foreign chain', ['add', 'chain', 'inet', TABLE, 'foreign']],
    ['a policy of accept', ['chain', 'inet', TABLE, 'forward', '{ policy accept; }']],
    ['an element of its own', ['add', 'element', 'inet', TABLE, 'ids', '{ 10.88.0.99 : 1 }']],
    ['an element taken away', ['delete', 'element', 'inet', TABLE, 'ids', '{ 10.88.0.2 }']],
    [
      'a port of its own',
      ['add', 'element', 'bridge', TABLE, 'ports', '{ "veth9" . 02:42:0a:58:00:09 . 10.88.0.9 }'],
    ],
    ['a table deleted', ['delete', 'table', 'inet', TABLE]],
    ['a guard flushed', ['flush', 'table', 'bridge', TABLE]],
  ];
  for (const [what, args] of drift)
    it(`sees and repairs ${what}`, () => {
      lab.nft(args);
      const steps = plan(overlay.program(), lab.observe());
      assert.ok(steps.length > 0);
      lab.apply(steps);
      assert.deepEqual(plan(overlay.program(), lab.observe()), []);
    });

  it('leaves nothing behind when removed', () => {
    lab.apply(removeAll(lab.observe()));
    assert.deepEqual(lab.observe(), []);
    assert.equal(lab.nft(['list', 'ruleset']).trim(), '');
    lab.apply(removeAll(overlay.program()));
  });
});
