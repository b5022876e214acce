import assert from 'node:assert/strict';
import { createWhereabouts } from '../../../rules/whereabouts.ts';

const where = createWhereabouts(['192.0.2.1', '2001:db8:0::1', 'junk'], ['10.0.0.0/8', 'fd00::/8', 'junk']);

const TABLE = {
  world: ['192.0.2.2', '11.0.0.1', '2001:db8::2', '::1'],
  node: ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '2001:DB8:0:0:0:0:0:1'],
  cluster: ['10.0.0.0', '10.255.255.255', 'fd12::1', 'nonsense', ''],
};

describe('Where an address is', () => {
  for (const [place, addresses] of Object.entries(TABLE))
    it(`in the ${place}: ${addresses.join(' ')}`, () =>
      assert.deepEqual(
        addresses.map(where),
        addresses.map(() => place),
      ));

  it('a node’s, even inside the cluster’s networks', () =>
    assert.equal(createWhereabouts(['10.0.0.5'], ['10.0.0.0/8'])('10.0.0.5'), 'node'));
});
