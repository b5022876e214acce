import assert from 'node:assert/strict';
import { guardTable } from '../../../../plugin/agent/table-guard.ts';
import type { ElementSession } from '../../../../plugin/kernel/element-session.ts';
import { hostNamespace } from '../../../../plugin/kernel/namespace.ts';
import { silentLog } from '../../../../plugin/log.ts';
import type { Program } from '../../../../rules/nftables/program.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRun } from '../fake-run.ts';

const TABLE = 'swarmwall_test';
const PROGRAM: Program = {
  family: 'inet',
  table: TABLE,
  version: 'abc',
  sets: [{ name: 'nodes', key: ['ip saddr'] }],
  counters: [],
  chains: [
    {
      name: 'input',
      hook: { name: 'input', priority: 0, policy: 'accept' },
      rules: [[{ kind: 'in', fields: ['ip saddr'], set: 'nodes' }, { kind: 'accept' }]],
    },
  ],
  elements: new Map([['nodes', new Map([['10.0.0.1', '']])]]),
};

/** As nft lists it. */
function listing(policy: string, elements: readonly string[]): string {
  const named = { family: 'inet', table: TABLE };
  return JSON.stringify({
    nftables: [
      { table: { family: 'inet', name: TABLE } },
      { chain: { ...named, name: 'input', hook: 'input', policy } },
      { set: { ...named, name: 'nodes', comment: 'x', ...(elements.length > 0 && { elem: elements }) } },
      { rule: { ...named, chain: 'input', comment: 'abc:0/1' } },
    ],
  });
}

const setUp = (elements?: ElementSession) => {
  const fake = new FakeRun();
  const drifts: string[] = [];
  const guard = guardTable({
    name: 'test table',
    table: TABLE,
    namespace: hostNamespace(fake.run),
    follow: () => ({ stop: () => undefined, ended: new Promise(() => undefined) }),
    clock: new FakeClock(),
    log: silentLog(),
    ...(elements && { elements }),
    onDrift: (what) => drifts.push(what),
    onDirty: () => undefined,
  });
  const holds = (policy: string, elements: readonly string[] = []) => {
    fake.answers.set('nft -n -j list table', { exitCode: 1 });
    fake.answers.set('nft -n -j list table inet', listing(policy, elements));
    fake.answers.set('nft list tables', `table inet ${TABLE}\n`);
  };
  const written = () => fake.calls.flatMap(({ input }) => input ?? []);
  return { fake, guard, drifts, holds, written };
};

describe('a guarded table', () => {
  it('is left alone when the kernel holds it', async () => {
    const { guard, holds, written, drifts } = setUp();
    holds('accept', ['10.0.0.1']);
    await guard.apply([PROGRAM]);
    assert.deepEqual(written(), []);
    assert.deepEqual(drifts, []);
    assert.deepEqual(guard.health(), [
      { name: 'test table', entries: 1, denied: 0, wouldDeny: 0, state: 'applied' },
    ]);
  });

  it('is not looked at again before something calls for it', async () => {
    const { fake, guard, holds } = setUp();
    holds('accept', ['10.0.0.1']);
    await guard.apply([PROGRAM]);
    const calls = fake.calls.length;
    await guard.apply([PROGRAM]);
    assert.equal(fake.calls.length, calls);
    guard.distrust();
    await guard.apply([PROGRAM]);
    assert.ok(fake.calls.length > calls);
  });

  it('is loaded whole when a chain has another policy, and says so when that does not last', async () => {
    const { guard, holds, written } = setUp();
    holds('drop', ['10.0.0.1']);
    await assert.rejects(guard.apply([PROGRAM]), /does not hold what was written/);
    assert.match(written().join(''), /add chain inet swarmwall_test input \{ .*policy accept; \}/);
    assert.equal(guard.health()[0]?.state, 'failed');
  });

  it('gets back the element that someone took, as drift', async () => {
    const { guard, holds, written, drifts } = setUp();
    holds('accept', ['10.0.0.1']);
    await guard.apply([PROGRAM]);
    holds('accept', []);
    guard.distrust();
    await assert.rejects(guard.apply([PROGRAM]), /does not hold/);
    assert.match(written().join(''), /add element inet swarmwall_test nodes \{ 10\.0\.0\.1 \}/);
    assert.deepEqual(drifts, ['test table: update-elements put back']);
  });

  it('goes when nothing is wanted', async () => {
    const { guard, holds, written } = setUp();
    holds('accept', ['10.0.0.1']);
    await guard.apply([PROGRAM]);
    await guard.apply([]);
    assert.match(written().join(''), /delete table inet swarmwall_test/);
    assert.deepEqual(guard.health(), []);
  });

  it('takes the short way for elements while nobody else changed the table, and looks when it did not work', async () => {
    let works = true;
    const asked: unknown[] = [];
    const { fake, guard, holds, drifts } = setUp({
      add: (changes) => {
        asked.push(changes);
        return Promise.resolve(works);
      },
      stop: () => undefined,
    });
    const of = (...addresses: readonly string[]) => [
      { ...PROGRAM, elements: new Map([['nodes', new Map(addresses.map((each) => [each, '']))]]) },
    ];
    holds('accept', ['10.0.0.1']);
    await guard.apply(of('10.0.0.1'));
    fake.forget();
    await guard.apply(of('10.0.0.1', '10.0.0.2'));
    assert.deepEqual(fake.calls, []);
    assert.equal(asked.length, 1);
    works = false;
    holds('accept', ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    await guard.apply(of('10.0.0.1', '10.0.0.2', '10.0.0.3'));
    assert.equal(asked.length, 2);
    assert.notEqual(fake.calls.length, 0);
    guard.distrust();
    await guard.apply(of('10.0.0.1', '10.0.0.2', '10.0.0.3'));
    assert.deepEqual([asked.length, drifts], [2, []]);
    await guard.apply([]).catch(() => undefined);
    assert.equal(asked.length, 2, 'to take the table away is no change of elements');
  });
});
