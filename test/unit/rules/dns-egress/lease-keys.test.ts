import assert from 'node:assert/strict';
import fc from 'fast-check';
import { meansDnsName } from '../../../../compose-ext/dns-name.ts';
import { isListed, leaseKeys, mayReach } from '../../../../rules/dns-egress/lease-keys.ts';
import type { EdgeNames, NameRule } from '../../../../rules/network-policy.ts';

const ADDRESS = '203.0.113.7';
const NAMES = ['a.example.com', 'b.example.com', 'c.example.org'];

const rule = fc
  .record({
    name: fc.constantFrom('a.example.com', '*.example.com', 'c.example.org'),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const, 'any' as const),
    port: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    more: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ name, protocol, port, more }): NameRule => {
    if (protocol === 'any' || protocol === 'icmp' || port === undefined) return { name, protocol };
    return { name, protocol, port, ...(more > 0 && { endPort: port + more }) };
  });
const rules = fc.array(rule, { minLength: 1, maxLength: 5 });

/** By the rules themselves, without keys. */
function means({ rules: all }: EdgeNames, name: string, protocol: number, port: number): boolean {
  return all.some((each) => {
    if (!meansDnsName(each.name, name)) return false;
    if (each.protocol === 'any') return true;
    if ({ icmp: 1, tcp: 6, udp: 17, sctp: 132 }[each.protocol] !== protocol) return false;
    return each.port === undefined || (each.port <= port && port <= (each.endPort ?? each.port));
  });
}

function ranges(keys: ReturnType<typeof leaseKeys>): readonly (readonly [string, number, number])[] {
  return keys.flatMap(({ set, rest }) => {
    const [, protocol = '', ports = ''] = rest.split(' . ');
    const [first = NaN, last = first] = ports.split('-').map(Number);
    return set === 'leases' ? [[protocol, first, last] as const] : [];
  });
}

describe('The elements that an address of a name comes to', () => {
  it('are just the ports that rules about the name have', () => {
    fc.assert(
      fc.property(
        rules,
        fc.constantFrom(...NAMES),
        fc.constantFrom(1, 6, 17, 47),
        fc.integer({ min: 1, max: 14 }),
        (all, name, protocol, port) => {
          const names = { rules: all };
          assert.equal(mayReach(names, name, ADDRESS, protocol, port), means(names, name, protocol, port));
          assert.equal(
            isListed(names, name),
            all.some((each) => meansDnsName(each.name, name)),
          );
        },
      ),
    );
  });

  it('never overlap, whichever names share the address: the kernel takes no such ranges', () => {
    fc.assert(
      fc.property(rules, fc.subarray(NAMES), (all, shared) => {
        const found = new Map(
          shared
            .flatMap((name) => leaseKeys({ rules: all }, name, ADDRESS))
            .map((key) => [`${key.set} ${key.rest}`, key]),
        );
        const list = ranges([...found.values()]);
        for (const [index, [protocol, first, last]] of list.entries())
          for (const [other, from, to] of list.slice(index + 1))
            assert.ok(protocol !== other || last < from || to < first, `${first}-${last} ${from}-${to}`);
      }),
    );
  });

  it('are no more than administrators leave', () => {
    const names: EdgeNames = {
      rules: [{ name: 'a.example.com', protocol: 'any' }],
      within: [
        { cidr: '203.0.113.0/24', except: ['203.0.113.8'], protocol: 'tcp', port: 1, endPort: 99 },
        { cidr: '203.0.113.7', except: [], protocol: 'icmp' },
      ],
    };
    assert.deepEqual(
      leaseKeys(names, 'a.example.com', ADDRESS).map(({ rest }) => rest),
      [`${ADDRESS} . 1 . 0-65535`, `${ADDRESS} . 6 . 1-99`],
    );
    assert.deepEqual(leaseKeys(names, 'a.example.com', '203.0.113.8'), []);
    assert.deepEqual(leaseKeys(names, 'a.example.com', '198.51.100.1'), []);
  });
});
