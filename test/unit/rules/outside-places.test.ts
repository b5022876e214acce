import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Peer } from '../../../compose-ext/policy-model.ts';
import { blockTest, parseAddress } from '../../../rules/address-block.ts';
import type { ClusterService } from '../../../rules/network-policy.ts';
import { outsidePlaces } from '../../../rules/outside-places.ts';

const ORIGIN = { file: 'f', line: 1, column: 1 };

function named(blocks: readonly { cidr: string; except: readonly string[] }[]): readonly ClusterService[] {
  const peers: readonly Peer[] = blocks.map((block) => ({ kind: 'ipBlock', ...block }));
  const target = { kind: 'service', service: 'a' } as const;
  const ingress = [{ peers, ports: [], origin: ORIGIN }];
  const policy = {
    name: 'p',
    stack: 's',
    target,
    directions: ['ingress'],
    ingress,
    egress: [],
    origin: ORIGIN,
  } as const;
  return [{ key: 's/a', stack: 's', name: 'a', labels: {}, ports: [], policies: [policy] }];
}

const places = (blocks: readonly string[], owned: readonly string[] = []) =>
  outsidePlaces({
    stacks: [],
    services: named(blocks.map((cidr) => ({ cidr, except: [] }))),
    owners: new Map(owned.map((address) => [address, 's/a'])),
  });

describe('Places outside', () => {
  it('are the world, and each block less the smaller ones', () => {
    assert.deepEqual(
      [...places(['10.0.0.0/8', '10.0.0.0/9', '0.0.0.0/0'])],
      [
        ['world', '198.51.100.1'],
        ['10.0.0.0/8', '10.128.0.0'],
        ['10.0.0.0/9', '10.0.0.1'],
      ],
    );
  });

  it('are none where nothing of a block is left, or it is a service’s own', () => {
    assert.deepEqual(
      [...places(['10.0.0.0/31', '10.0.0.0/32', '10.0.0.1/32']).keys()],
      ['world', '10.0.0.0/32', '10.0.0.1/32'],
    );
    assert.deepEqual([...places(['10.0.0.1/32'], ['10.0.0.1']).keys()], ['world']);
  });

  it('leave the world an address as long as there is one', () => {
    assert.equal(places(['198.51.100.0/24']).get('world'), '198.51.101.0');
    assert.equal(places(['198.51.100.0/24', '128.0.0.0/1']).get('world'), '1.0.0.1');
    assert.ok(places(['0.0.0.0/1', '128.0.0.0/1']).has('world'));
  });

  it('of IPv6 are apart from the world', () => {
    assert.deepEqual([...places(['2001:db8::/32']).keys()], ['world', '::/0', '2001:db8::/32']);
  });

  it('are in their own block, and in no smaller one', () => {
    const block = fc
      .tuple(fc.integer({ min: 24, max: 32 }), fc.integer({ min: 0, max: 255 }))
      .map(([prefix, last]) => `10.0.0.${last & (0xff << (32 - prefix)) & 0xff}/${prefix}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(block, { maxLength: 12 }),
        fc.uniqueArray(block, { maxLength: 6 }),
        (cidrs, except) => {
          const services = named(cidrs.map((cidr) => ({ cidr, except })));
          const all = cidrs.length > 0 ? [...new Set([...cidrs, ...except])] : [];
          const found = outsidePlaces({ stacks: [], services });
          const holding = (text: string): readonly string[] => {
            const address = parseAddress(text);
            return all.filter((cidr) => address && blockTest(cidr, [])(address));
          };
          const prefixOf = (cidr: string): number => Number(cidr.split('/')[1]);
          for (const [name, address] of found) {
            const innermost = holding(address).toSorted((a, b) => prefixOf(b) - prefixOf(a))[0];
            assert.equal(innermost, name === 'world' ? undefined : name);
          }
          // Every address is told by the place of its innermost block.
          for (let last = 0; last < 256; last++) {
            const innermost = holding(`10.0.0.${last}`).toSorted((a, b) => prefixOf(b) - prefixOf(a))[0];
            assert.ok(innermost === undefined || found.has(innermost));
          }
        },
      ),
    );
  });
});
