import assert from 'node:assert/strict';
import type { NetworkPolicy } from '../../../../rules/network-policy.ts';
import { createNumbering } from '../../../../rules/numbering.ts';
import { createOverlay } from '../../../../rules/overlay/overlay.ts';
import { portElements } from '../../../../rules/overlay/local-ports.ts';
import { plan, planChange } from '../../../../rules/plan.ts';
import { FakeKernel, type Tuple } from '../../../support/fake-kernel.ts';

const WEB = { port: 'veth2', mac: '02:42:0A:00:00:02', addresses: ['10.0.0.2', 'fd00::2'] };
const DB = { port: 'veth3', mac: '02:42:0a:00:00:03', addresses: ['10.0.0.3', 'fd00::3'] };
const service = (name: string) => ({ kind: 'service', service: name }) as const;

describe('IPv6 addresses that only this node knows', () => {
  function setUp(endpoints: NetworkPolicy['endpoints'], guard = [WEB, DB]) {
    const overlay = createOverlay({
      policy: {
        network: { id: 'n', name: 'n', subnets: [], encrypted: false, ingress: false },
        endpoints,
        services: {},
        allows: { a: { from: 's/web', to: 's/db', protocol: 'tcp', port: 80 } },
      },
      numbering: createNumbering(),
      guard,
    });
    const kernel = new FakeKernel();
    plan(overlay.program(), []).forEach((step) => {
      kernel.apply(step);
    });
    const change = (made: ReturnType<typeof overlay.update>): readonly string[] => {
      planChange(made).forEach((step) => {
        kernel.apply(step);
      });
      assert.deepEqual(plan(overlay.program(), kernel.observe()), []);
      return made.forget;
    };
    let sourcePort = 40000;
    const asks = (from: string, to: string): boolean => {
      const tuple: Tuple = { from, to, protocol: 'tcp', port: 80, sourcePort: sourcePort++ };
      return kernel.send(tuple);
    };
    return { overlay, change, asks, kernel };
  }
  const BOTH = { '10.0.0.2': service('s/web'), '10.0.0.3': service('s/db') };

  it("are their port's owner's, as soon as both are known, and as long as the port has them", () => {
    const { overlay, change, asks } = setUp({ '10.0.0.3': service('s/db') });
    assert.equal(asks('fd00::2', 'fd00::3'), false);
    change(overlay.update({ network: 'n', endpoints: { '10.0.0.2': service('s/web') } }));
    assert.ok(asks('fd00::2', 'fd00::3'));
    assert.equal(asks('fd00::3', 'fd00::2'), false);
    assert.deepEqual(change(overlay.setPorts([DB])), ['fd00::2']);
    assert.equal(asks('fd00::2', 'fd00::3'), false);
  });

  it('change hands with the IPv4 address', () => {
    const { overlay, change, asks } = setUp(BOTH);
    assert.deepEqual(change(overlay.update({ network: 'n', endpoints: { '10.0.0.2': service('s/x') } })), [
      '10.0.0.2',
      'fd00::2',
    ]);
    assert.equal(asks('fd00::2', 'fd00::3'), false);
    change(overlay.update({ network: 'n', endpoints: { '10.0.0.2': service('s/web') } }));
    assert.ok(asks('fd00::2', 'fd00::3'));
  });

  it('stay while the policy is told whole again, and go with it', () => {
    const { overlay, change, asks } = setUp(BOTH);
    const whole: NetworkPolicy = {
      network: { id: 'n', name: 'n', subnets: [], encrypted: false, ingress: false },
      endpoints: BOTH,
      services: {},
      allows: { a: { from: 's/web', to: 's/db', protocol: 'tcp', port: 80 } },
    };
    assert.deepEqual(change(overlay.update({ network: 'n', whole })), []);
    assert.ok(asks('fd00::2', 'fd00::3'));
    change(overlay.update({ network: 'n', removed: true }));
    assert.equal(asks('fd00::2', 'fd00::3'), false);
  });

  it('are what the policy says where it speaks of them', () => {
    const { overlay, change, asks } = setUp({ ...BOTH, 'fd00::2': service('s/x') });
    assert.equal(asks('fd00::2', 'fd00::3'), false);
    change(overlay.update({ network: 'n', endpoints: { 'fd00::2': null } }));
    assert.ok(asks('fd00::2', 'fd00::3'));
    change(overlay.update({ network: 'n', endpoints: { 'fd00::2': service('s/x') } }));
    assert.equal(asks('fd00::2', 'fd00::3'), false);
  });

  it('are nobody’s at a port of several, or of a load balancer', () => {
    const several = { ...WEB, addresses: ['10.0.0.2', '10.0.0.4', 'fd00::2'] };
    for (const other of [service('s/x'), { kind: 'load-balancer', node: 'n1' } as const]) {
      const { asks } = setUp({ ...BOTH, '10.0.0.4': other }, [several, DB]);
      assert.equal(asks('fd00::2', 'fd00::3'), false);
    }
  });
});

describe("a port's elements", () => {
  it('are its IPv4 addresses, and with an IPv6 address its link-local one and what neighbours may be told', () => {
    assert.deepEqual(portElements([{ ...WEB, addresses: ['10.0.0.2'] }]), [
      ['ports', '"veth2" . 02:42:0a:00:00:02 . 10.0.0.2'],
    ]);
    assert.deepEqual(portElements([WEB]), [
      ['ports', '"veth2" . 02:42:0a:00:00:02 . 10.0.0.2'],
      ['ports6', '"veth2" . 02:42:0a:00:00:02 . fd00::2'],
      ['targets6', '"veth2" . 02:42:0a:00:00:02 . 0xfd000000000000000000000000000002'],
      ['ports6', '"veth2" . 02:42:0a:00:00:02 . fe80::42:aff:fe00:2'],
      ['targets6', '"veth2" . 02:42:0a:00:00:02 . 0xfe8000000000000000420afffe000002'],
      ['macs6', '"veth2" . 2482658869250'],
    ]);
  });
});
