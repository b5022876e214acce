import assert from 'node:assert/strict';
import {
  ENCRYPTION_MARK,
  judgeEncryption,
  type EncryptedOverlay,
  type EncryptionFacts,
} from '../../../../rules/underlay/judge-encryption.ts';

const [OWN, PEER, VNI] = ['198.51.100.11', '198.51.100.12', 4097] as const;
const OVERLAY: EncryptedOverlay = { id: 'n1', name: 'shop_net', vnis: [VNI], mtu: 1424, peers: [PEER] };
const out = { source: OWN, destination: PEER, spi: '0x1', reqid: ENCRYPTION_MARK, packets: 18, added: 5 };
const back = { source: PEER, destination: OWN, spi: '0x2', reqid: ENCRYPTION_MARK, packets: 7 };
const SOUND: EncryptionFacts = {
  port: 4789,
  states: [out, back],
  policies: [
    { source: OWN, destination: PEER, protocol: 'udp', port: 4789, mark: ENCRYPTION_MARK, spi: '0x1' },
  ],
  marked: new Set([VNI]),
  refused: new Set([VNI]),
  cleartext: [],
  linkMtu: 1500,
};
const judge = (change: Partial<EncryptionFacts>, overlay = OVERLAY) => {
  const [found] = judgeEncryption([overlay], { ...SOUND, ...change });
  return {
    state: found!.state,
    missing: [...found!.missing, ...found!.peers.flatMap(({ missing }) => missing)],
  };
};

describe('the encryption of a network', () => {
  it('is verified where keys, policy and rules are there, with counters and the age of the key', () => {
    assert.deepEqual(judgeEncryption([OVERLAY], SOUND), [
      {
        ...{ id: 'n1', name: 'shop_net', state: 'encrypted', missing: [], mtu: 1424, linkMtu: 1500 },
        peers: [{ address: PEER, missing: [], packetsOut: 18, packetsIn: 7, keySince: 5 }],
      },
    ]);
  });

  it('stays so while keys are rotated: the old ones to receive with overlap the new', () => {
    const next = { ...out, spi: '0x3' };
    const policies = SOUND.policies.map((policy) => ({ ...policy, spi: '0x3' }));
    for (const states of [
      [out, next, back, { ...back, spi: '0x4' }],
      [next, { ...back, spi: '0x4' }],
    ])
      assert.equal(judge({ states, policies }).state, 'encrypted');
  });

  const cases: readonly (readonly [string, Partial<EncryptionFacts>, RegExp])[] = [
    ['no policy', { policies: [] }, /the policy to encrypt/],
    ['a policy of another mark', { policies: [{ ...SOUND.policies[0]!, mark: 1 }] }, /the policy to encrypt/],
    [
      'a policy of another port',
      { policies: [{ ...SOUND.policies[0]!, port: 53 }] },
      /the policy to encrypt/,
    ],
    ['no key to send with', { states: [back] }, /the key to send with/],
    ['another key than the policy names', { states: [{ ...out, spi: '0x9' }, back] }, /the key to send with/],
    ['no key to receive with', { states: [out] }, /a key to receive with/],
    ['a key of a VPN', { states: [out, { ...back, reqid: 1 }] }, /a key to receive with/],
    ['no mark', { marked: new Set([7]) }, /marks what leaves/],
    ['no drop of cleartext', { refused: new Set() }, /drops what comes unencrypted/],
    ['no room in the link', { linkMtu: 1450 }, /room: its MTU is 1424/],
    [
      'packets that left in the clear',
      { cleartext: [{ direction: 'out', address: PEER, vni: VNI, packets: 3 }] },
      /3 packets that left/,
    ],
    [
      'packets that came in the clear',
      { cleartext: [{ direction: 'in', address: PEER, vni: VNI, packets: 4 }] },
      /4 packets that came/,
    ],
  ];
  for (const [what, change, said] of cases)
    it(`is broken with ${what}`, () => {
      const { state, missing } = judge(change);
      assert.equal(state, 'broken');
      assert.equal(missing.length, 1);
      assert.match(missing.join(), said);
    });

  it('is nobody’s concern while no other node has an endpoint, nor by others’ cleartext', () => {
    const nothing = { states: [], policies: [], marked: new Set<number>(), refused: new Set<number>() };
    assert.deepEqual(judge(nothing, { ...OVERLAY, peers: [] }), { state: 'idle', missing: [] });
    const elsewhere = { direction: 'out', address: PEER, vni: 9, packets: 1 } as const;
    assert.equal(judge({ cleartext: [elsewhere] }).state, 'encrypted');
  });
});
