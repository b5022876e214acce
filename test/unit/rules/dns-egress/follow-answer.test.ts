import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AnswerRecord, boundedTtl, followAnswer } from '../../../../rules/dns-egress/follow-answer.ts';
import { createReachable } from '../../../../rules/dns-egress/reachable.ts';

const a = (name: string, data: string): AnswerRecord => ({ name, type: 'A', ttl: 60, data });
const alias = (name: string, data: string): AnswerRecord => ({ name, type: 'CNAME', ttl: 60, data });
const addressesOf = (records: readonly AnswerRecord[]) =>
  followAnswer('api.example.com', records).addresses.map(({ data }) => data);

describe('What an answer says about its question', () => {
  it('is the addresses at the end of its aliases, in any order and case', () => {
    const records = [
      a('END.example.net.', '203.0.113.1'),
      alias('Mid.example', 'end.example.net'),
      alias('api.example.com', 'mid.EXAMPLE.'),
    ];
    assert.deepEqual(addressesOf(records), ['203.0.113.1']);
  });

  it('is not what it says about other names', () => {
    assert.deepEqual(addressesOf([a('evil.example', '203.0.113.1')]), []);
    assert.deepEqual(
      addressesOf([alias('api.example.com', 'x.example'), a('api.example.com', '203.0.113.1')]),
      [],
    );
    assert.deepEqual(addressesOf([alias('y.example', 'x.example'), a('x.example', '203.0.113.1')]), []);
  });

  it('is nothing where aliases go round, or on for too long', () => {
    assert.deepEqual(
      addressesOf([
        alias('api.example.com', 'x.y'),
        alias('x.y', 'api.example.com'),
        a('x.y', '203.0.113.1'),
      ]),
      [],
    );
    const long = Array.from({ length: 40 }, (_, index) =>
      alias(index === 0 ? 'api.example.com' : `n${index}.example`, `n${index + 1}.example`),
    );
    assert.deepEqual(addressesOf([...long, a('n40.example', '203.0.113.1')]), []);
  });

  it('ends for any records', () => {
    const name = fc.constantFrom('api.example.com', 'x.y', 'z.y');
    const record = fc.oneof(
      fc.tuple(name, name).map(([from, to]) => alias(from, to)),
      name.map((owner) => a(owner, '203.0.113.1')),
    );
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const { aliases, addresses } = followAnswer('api.example.com', records);
        const owner = aliases.at(-1)?.data ?? 'api.example.com';
        assert.ok(addresses.every(({ name: at }) => at === owner));
      }),
    );
  });

  it('may be remembered for a bounded time', () => {
    assert.equal(boundedTtl(60, 3600), 60);
    assert.equal(boundedTtl(2 ** 31 - 1, 3600), 3600);
    for (const ttl of [2 ** 31, 2 ** 32 - 1, -1, NaN, 1.5]) assert.equal(boundedTtl(ttl, 3600), 0);
  });
});

describe('An address that a name may lead to', () => {
  const reachable = createReachable({
    clusterNets: ['172.18.0.0/16', '10.0.9.0/24'],
    nodeAddresses: ['192.168.7.2'],
    metadataAddresses: ['192.0.2.80'],
  });

  it('is one outside, private or not', () => {
    for (const address of ['203.0.113.1', '10.1.2.3', '192.168.7.3', '169.253.0.1'])
      assert.ok(reachable(address), address);
  });

  it('is none of the cluster, the machine, its links, or a metadata service', () => {
    const never = [
      '172.18.3.4',
      '10.0.9.77',
      '192.168.7.2',
      '127.0.0.1',
      '0.0.0.0',
      '169.254.169.254',
      '169.254.170.2',
      '192.0.2.80',
    ];
    const rest = [
      '100.100.100.200',
      '192.0.0.192',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      'fd00:ec2::254',
      'nonsense',
      '',
    ];
    for (const address of [...never, ...rest]) assert.ok(!reachable(address), address);
  });
});
