import assert from 'node:assert/strict';
import { decode, encode } from 'dns-packet';
import type { Answered, Upstream } from '../../../../../plugin/agent/dns/ask-upstream.ts';
import { createLeaseBook, type Lease } from '../../../../../plugin/agent/dns/lease-book.ts';
import { createQueryLog } from '../../../../../plugin/agent/dns/query-log.ts';
import { createResolver } from '../../../../../plugin/agent/dns/resolver.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { AnswerRecord } from '../../../../../rules/dns-egress/follow-answer.ts';
import type { EdgeNames } from '../../../../../rules/network-policy.ts';
import { FakeClock } from '../../fake-clock.ts';

const CLIENT = '172.18.0.5';

interface Given {
  readonly names?: Partial<EdgeNames>;
  readonly records?: readonly AnswerRecord[];
  readonly refuses?: boolean;
}

function setUp({ names = {}, records = [], refuses = false }: Given) {
  const clock = new FakeClock();
  const granted: Lease[] = [];
  const asked: (readonly string[])[] = [];
  const logged: Record<string, unknown>[] = [];
  const upstream: Upstream = {
    ask: (servers, query): Promise<Answered> => {
      asked.push(servers);
      return Promise.resolve({ message: query, response: { code: 'NOERROR', truncated: false, records } });
    },
  };
  const log = { ...silentLog(), info: (data: object) => logged.push(data as Record<string, unknown>) };
  const resolver = createResolver({
    ...{ clock, upstream, times: { least: 30_000, most: 3_600_000, grace: 10_000 } },
    queries: createQueryLog(log, clock),
    asker: (address) =>
      address === CLIENT
        ? { service: 's/web', names: { rules: [{ name: 'api.example.com', protocol: 'any' }], ...names } }
        : undefined,
    servers: () => ['192.0.2.1'],
    reachable: (address) => address.startsWith('203.'),
    grant: (leases) => {
      if (refuses) return Promise.reject(new Error('the kernel says no'));
      granted.push(...leases);
      return Promise.resolve();
    },
  });
  const ask = async (name: string, type: 'A' | 'AAAA' | 'TXT' = 'A', client = CLIENT) => {
    const query = encode({ type: 'query', id: 5, questions: [{ type, name }] });
    const answer = await resolver.answer(query, client, 'udp');
    return answer && (decode(answer) as ReturnType<typeof decode> & { rcode: string });
  };
  return { ask, clock, granted, asked, logged };
}

const record = (data: string, ttl: number): AnswerRecord => ({
  name: 'api.example.com',
  type: 'A',
  ttl,
  data,
});

describe('The resolver', () => {
  it('answers a listed name when the kernel lets its addresses pass, for as long as they may be remembered', async () => {
    const records = [
      record('203.0.113.1', 0),
      record('203.0.113.2', 100_000),
      record('203.0.113.3', 600),
      record('10.0.0.1', 60),
    ];
    const { ask, granted, clock } = setUp({ records });
    const answer = await ask('API.example.com');
    const now = clock.elapsed();
    assert.deepEqual(
      granted.map(({ address, until }) => [address, until - now]),
      [
        ['203.0.113.1', 40_000],
        ['203.0.113.2', 3_610_000],
        ['203.0.113.3', 610_000],
      ],
    );
    const told = answer?.answers?.map((each) => (each.type === 'A' ? `${each.data} ${each.ttl}` : each.type));
    assert.deepEqual(told, ['203.0.113.1 0', '203.0.113.2 3600', '203.0.113.3 600']);
  });

  it('says that it failed when the kernel refuses', async () => {
    const { ask, logged } = setUp({ records: [record('203.0.113.1', 60)], refuses: true });
    assert.equal((await ask('api.example.com'))?.rcode, 'SERVFAIL');
    assert.equal(logged[0]?.['verdict'], 'failed');
  });

  it('tells of a listed name no addresses of other kinds, and everything else as it comes', async () => {
    const { ask, asked } = setUp({ records: [] });
    assert.deepEqual((await ask('api.example.com', 'AAAA'))?.answers, []);
    assert.equal(asked.length, 0);
    assert.ok(await ask('api.example.com', 'TXT'));
    assert.equal(asked.length, 1);
  });

  it('passes other names on, or refuses them where told to', async () => {
    const open = setUp({});
    assert.ok(await open.ask('other.example'));
    assert.deepEqual([open.asked.length, open.granted.length], [1, 0]);
    const strict = setUp({ names: { strict: true } });
    assert.equal((await strict.ask('other.example'))?.rcode, 'REFUSED');
    assert.equal(strict.asked.length, 0);
    assert.deepEqual(strict.logged, [
      { service: 's/web', name: 'other.example', type: 'A', verdict: 'refused' },
    ]);
  });

  it('asks the servers that the service was given, else the node’s; a stranger it does not hear', async () => {
    const own = setUp({ names: { resolvers: ['192.0.2.53'] } });
    await own.ask('api.example.com');
    assert.deepEqual(own.asked, [['192.0.2.53']]);
    const nodes = setUp({});
    await nodes.ask('api.example.com');
    assert.deepEqual(nodes.asked, [['192.0.2.1']]);
    assert.equal(await nodes.ask('api.example.com', 'A', '172.18.0.6'), undefined);
  });

  it('logs each query with its service, and of a flood how many', async () => {
    const { ask, logged, clock } = setUp({});
    for (let query = 0; query < 60; query += 1) await ask(`n${query}.example`);
    assert.equal(logged.length, 50);
    await clock.pass(2_000);
    assert.deepEqual(logged.at(-1), { suppressed: 10 });
  });
});

describe('The book of leases', () => {
  const lease = (name: string, address: string, until = 1): Lease => ({
    service: 's/web',
    name,
    address,
    until,
  });

  it('keeps the later end, and no more names and addresses than it may', () => {
    const book = createLeaseBook([], { names: 2, addresses: 3 });
    assert.ok(book.grant([lease('a', '1.1.1.1', 5), lease('a', '1.1.1.2')]));
    assert.ok(book.grant([lease('a', '1.1.1.1', 3)]));
    assert.deepEqual(
      book.of('s/web').map(({ until }) => until),
      [5, 1],
    );
    assert.ok(book.grant([lease('b', '1.1.1.1')]));
    assert.ok(!book.grant([lease('c', '1.1.1.1')]), 'a third name');
    assert.ok(!book.grant([lease('a', '1.1.1.3'), lease('a', '1.1.1.4')]), 'a fourth address');
    assert.equal(book.of('s/web').length, 3);
    book.keep(({ name }) => name === 'b');
    assert.deepEqual(book.all(), [lease('b', '1.1.1.1')]);
  });
});
