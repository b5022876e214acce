import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Fault } from '../../../../plugin/fault.ts';
import { readStoredPolicies } from '../../../../plugin/policy-store/stored-policies.ts';
import type { StagedChange, StagedCluster, StagedStack } from '../../../../plugin/staged/staged-change.ts';
import { readStaged } from '../../../../plugin/staged/staged-configs.ts';
import { readStagedText, stagedText } from '../../../../plugin/staged/staged-text.ts';
import { stage, unstage } from '../../../../plugin/staged/write-staged.ts';
import { fakeConfigs, rawConfig, type FakeConfigs } from '../../../support/fake-configs.ts';
import { documents, group, policy } from '../policy-store/policies.ts';

const stackChange = (stack = 'shop', changes: Partial<StagedStack> = {}): StagedStack => ({
  ...{ kind: 'stack', stack, file: 'compose.yaml', by: 'alice' },
  services: [{ name: 'db', labels: { 'swarmwall.ingress': 'web:5432' }, was: {} }],
  ...changes,
});
const clusterChange = (): StagedCluster => ({
  ...{ kind: 'cluster', by: 'alice', promoteAfter: 60_000, removed: ['old'] },
  documents: documents(policy('no-ssh'), group('office', '10.0.0.0/8')),
  base: [
    ['no-ssh', 0],
    ['office', 3],
  ],
});

const names = (fake: FakeConfigs) => fake.configs.map(({ Spec }) => Spec?.Name);
const staged = (fake: FakeConfigs) =>
  readStaged(fake.configs).versions.map(({ config, change }) => `${config} by ${change.by}`);

describe('what is staged', () => {
  it('reads back as it was written', () => {
    for (const change of [stackChange(), clusterChange()]) {
      const read = readStagedText(stagedText(change));
      assert.ok(typeof read !== 'string', String(read));
      assert.equal(stagedText(read), stagedText(change));
    }
  });

  it('is one of each subject: staging again takes its place', async () => {
    const fake = fakeConfigs();
    await stage(fake, stackChange());
    await stage(fake, clusterChange());
    await stage(fake, stackChange('other'));
    await stage(fake, stackChange('shop', { by: 'bob' }));
    assert.deepEqual(staged(fake), [
      'swarmwall-staged.cluster.v1 by alice',
      'swarmwall-staged.stack.other.v1 by alice',
      'swarmwall-staged.stack.shop.v2 by bob',
    ]);
    assert.equal(fake.configs.length, 3);
    assert.equal(await unstage(fake, { kind: 'stack', stack: 'shop' }), true);
    assert.equal(await unstage(fake, { kind: 'stack', stack: 'shop' }), false);
    assert.equal(fake.configs.length, 2);
  });

  it('of names that Docker would not take has a hash in its config’s name', async () => {
    const fake = fakeConfigs();
    for (const stack of ['x'.repeat(60), 'Shop', 'shop', 'a.b', 'ä']) await stage(fake, stackChange(stack));
    assert.equal(new Set(names(fake)).size, 5);
    for (const name of names(fake)) assert.match(name ?? '', /^[a-z0-9._-]{1,64}$/u);
    assert.equal(readStaged(fake.configs).versions.length, 5);
  });

  it('gives way to nobody who writes at the same time: both end in an order', async () => {
    const fake = fakeConfigs();
    let raced = false;
    fake.beforeCreate = (config) => {
      if (raced) return;
      raced = true;
      fake.configs.push(rawConfig({ ...config, data: stagedText(stackChange('shop', { by: 'eve' })) }));
    };
    await stage(fake, stackChange());
    assert.deepEqual(staged(fake), ['swarmwall-staged.stack.shop.v2 by alice']);
    fake.beforeCreate = () => {
      throw new Fault('docker-failed', 'taken', { data: { status: 409 } });
    };
    await assert.rejects(stage(fake, stackChange()), { code: 'policy-conflict' });
  });

  it('that was staged while it was promoted stays', async () => {
    const fake = fakeConfigs();
    await stage(fake, stackChange());
    await stage(fake, stackChange());
    await unstage(fake, { kind: 'stack', stack: 'shop' }, 1);
    assert.deepEqual(staged(fake), ['swarmwall-staged.stack.shop.v2 by alice']);
  });

  it('is in force nowhere', async () => {
    const fake = fakeConfigs();
    await stage(fake, clusterChange());
    const stored = readStoredPolicies(fake.configs);
    assert.deepEqual([stored.histories.size, stored.problems], [0, []]);
  });

  const pairs = (labels: unknown): string =>
    JSON.stringify({ kind: 'stack', stack: 'shop', file: '', by: '', services: [{ name: 'db', labels }] });
  const text = (change: StagedChange, edit: (text: string) => string) => edit(stagedText(change));
  const bad: readonly (readonly [what: string, text: string, why: RegExp])[] = [
    ['no JSON', 'kind: stack', /not JSON/u],
    ['no object', '[]', /no known kind/u],
    ['a label that is not ours', pairs([['traefik.enable', 'true']]), /pattern/u],
    ['a label of the prototype', pairs([['__proto__', 'x']]), /pattern/u],
    ['labels as an object', pairs({ 'swarmwall.mode': 'audit' }), /array/u],
    [
      'a service twice',
      text(stackChange(), (t) => t.replace('"services": [', '"services": [{"name":"db","labels":[]},')),
      /duplicate/u,
    ],
    [
      'an unknown member',
      text(stackChange(), (t) => t.replace('"by"', '"image": "x", "by"')),
      /not allowed/u,
    ],
    ['a time too short', text(clusterChange(), (t) => t.replace('60000', '5')), /promoteAfter/u],
    ['a document that has errors', text(clusterChange(), (t) => t.replace('Deny', 'Drop')), /staged/u],
    [
      'a document that no flow is judged by',
      stagedText({
        ...clusterChange(),
        documents: documents(
          'kind: ClusterRole\nname: r\nrules: [{ verbs: [get], resources: [services] }]\n',
        ),
      }),
      /no flow is judged/u,
    ],
    [
      'two documents in one',
      text(clusterChange(), (t) =>
        t.replace('kind: CIDRGroup', `${policy('b').replaceAll('\n', '\\n')}---\\nkind: CIDRGroup`),
      ),
      /not one document/u,
    ],
  ];
  for (const [what, written, why] of bad)
    it(`is refused and reported when it is ${what}`, () => {
      const raw = rawConfig({ name: 'swarmwall-staged.stack.shop.v1', labels: {}, data: written });
      const { versions, problems } = readStaged([raw]);
      assert.deepEqual(versions, []);
      assert.match(problems[0]?.why ?? '', why);
    });

  it('is refused when its name says something else', () => {
    const data = stagedText(stackChange());
    for (const name of [
      'swarmwall-staged.stack.other.v1',
      'swarmwall-staged.cluster.v1',
      'swarmwall-staged.x',
    ]) {
      const { versions, problems } = readStaged([rawConfig({ name, labels: {}, data })]);
      assert.deepEqual([versions.length, problems.length], [0, 1], name);
    }
  });
});
