import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS, type ClusterSettings } from '../../../../../compose-ext/index.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import type { LocalFacts } from '../../../../../plugin/agent/local-facts.ts';
import type { UnderlayFacts } from '../../../../../plugin/agent/underlay/gather-underlay.ts';
import { wantedUnderlay, whyCounting } from '../../../../../plugin/agent/underlay/wanted-underlay.ts';
import type { NetworkInfo, NodeSnapshot, UnderlayNodes } from '../../../../../rules/network-policy.ts';
import { localFacts, localOverlay } from '../../../../support/local-facts.ts';

const network = (id: string, more: Partial<NetworkInfo> = {}): NetworkInfo => ({
  ...{ id, name: id, subnets: [], encrypted: false, ingress: false, ...more },
});
const GUARDED = network('guarded', { vnis: [4097], encrypted: true });
const PLAIN = network('plain', { vnis: [4098] });

const held = (
  networks: readonly NetworkInfo[],
  settings: ClusterSettings = DEFAULT_SETTINGS,
  underlay: UnderlayNodes = { addresses: ['192.0.2.2'], unknown: [] },
) => {
  const policy: NodeSnapshot = {
    networks: Object.fromEntries(
      networks.map((each) => [each.id, { network: each, endpoints: {}, services: {}, allows: {} }]),
    ),
    ...{ tasks: {}, edges: {}, nodeAddresses: ['192.0.2.1'], settings, underlay },
  };
  return holdPolicy(policy);
};
const local = (...networks: readonly NetworkInfo[]): LocalFacts =>
  localFacts({
    overlays: networks.map((each) => localOverlay({ network: each, file: `1-${each.id}` })),
  });
const UNDERLAY: UnderlayFacts = {
  addresses: [{ address: '192.0.2.3', mtu: 1500 }],
  overlays: [
    {
      network: PLAIN,
      links: [{ name: 'vxlan0', vni: 4099, port: 4790, mtu: 1450 }],
      peers: ['203.0.113.7'],
    },
  ],
};

describe('what the underlay should be', () => {
  it('takes in every network that is here or guarded, and every address that a node may send from', () => {
    assert.deepEqual(wantedUnderlay(held([GUARDED]), local(PLAIN), UNDERLAY), {
      port: 4790,
      vnis: [4097, 4098, 4099],
      encrypted: [4097],
      nodes: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '203.0.113.7'],
      strangers: 'drop',
      cleartext: 'count',
    });
  });

  it('lets a node be that guards nothing', () => {
    assert.deepEqual(wantedUnderlay(held([]), local(PLAIN), UNDERLAY).vnis, []);
  });

  it('only counts while a node has not told its addresses, but in strict mode', () => {
    const unknown = { addresses: [], unknown: ['node3'] };
    const permissive = held([GUARDED], DEFAULT_SETTINGS, unknown);
    assert.equal(wantedUnderlay(permissive, local(), UNDERLAY).strangers, 'count');
    assert.match(whyCounting(permissive) ?? '', /node3/u);
    const strict = held([GUARDED], { ...DEFAULT_SETTINGS, nodes: 'strict' }, unknown);
    assert.equal(wantedUnderlay(strict, local(), UNDERLAY).strangers, 'drop');
    assert.equal(whyCounting(strict), undefined);
  });

  it('drops cleartext only where encryption is required', () => {
    const required = held([GUARDED], { ...DEFAULT_SETTINGS, encryption: 'required' });
    assert.equal(wantedUnderlay(required, local(), UNDERLAY).cleartext, 'drop');
  });
});
