import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readStaged } from '../../../plugin/staged/staged-configs.ts';
import { policy } from '../plugin/policy-store/policies.ts';
import { BAD, SHOP } from './fake-io.ts';
import { reportsOf, NOW, TOTAL, run, shopSwarm, stagedNames } from './staged-swarm.ts';

describe('swarmwall policy stage', () => {
  it('keeps what deploy would give the services, and changes none', async () => {
    const fake = shopSwarm();
    const ran = await run(fake, ['stage', '-c', '-', '--promote-after', '24h']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(ran.stdout, /^✓ staged: stack shop; nothing changes for the flows\n/u);
    assert.match(ran.stdout, /✓ would break none of the 7 flows seen since/u);
    assert.deepEqual(stagedNames(fake), ['swarmwall-staged.stack.shop.v1']);
    const [version] = readStaged(fake.configs.configs).versions;
    assert.ok(version?.change.kind === 'stack');
    assert.equal(version.change.promoteAfter, 86_400_000);
    const db = version.change.services.find(({ name }) => name === 'db');
    assert.equal(db?.labels['swarmwall.ingress'], 'api:5432');
    assert.match(db?.labels['swarmwall.compiled'] ?? '', /^\{"v":1/u);
    assert.deepEqual(db?.was, {});
    // Not deployed yet.
    assert.ok(version.change.services.some(({ name, was }) => name === 'cron' && was === undefined));
    assert.deepEqual(fake.log, []);
  });

  it('says which flows it would break, with exit code 1', async () => {
    const ran = await run(shopSwarm(), ['stage', '-c', '-'], { report: { breaks: [TOTAL] } });
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stdout, /✗ would break what passes now, 1 flow:/u);
    assert.match(
      ran.stdout,
      /shop\/web → shop\/db:5432\/tcp +allowed +denied +12 +90 +2h ago +2m ago +no ingress rule of shop\/db allows shop\/web \(compose\.yaml:14\)/u,
    );
  });

  it('cannot say where no controller is, and has staged it all the same', async () => {
    const fake = shopSwarm();
    const ran = await run(fake, ['stage', '-c', '-'], { controller: false });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /no controller runs on this node: swarmwall policy staged tells later/u);
    assert.equal(stagedNames(fake).length, 1);
    assert.equal((await run(fake, ['stage', '-c', '-', '--no-wait'], { controller: false })).exitCode, 0);
  });

  const refused: readonly (readonly [what: string, argv: readonly string[], stdin: string, why: RegExp])[] = [
    ['nothing', [], '', /say what to stage/u],
    ['both kinds', ['-c', '-', '--remove', 'x'], SHOP, /say what to stage/u],
    ['a file with errors', ['-c', '-'], BAD, /2 errors/u],
    [
      'a stack that does not run',
      ['-c', '-', '--stack', 'shoop'],
      SHOP,
      /no service of the stack shoop runs/u,
    ],
    ['policies with errors', ['-f', '-'], policy('a').replace('Deny', 'Drop'), /error/u],
    [
      'a policy whose group nobody has',
      ['-f', '-'],
      policy('a', { group: 'g' }),
      /there is no CIDR group "g"/u,
    ],
    [
      'what no flow is judged by',
      ['-f', '-'],
      'kind: ClusterRole\nname: r\nrules: [{ verbs: [get], resources: [services] }]\n',
      /"r" is a ClusterRole: no flow between services is judged by that/u,
    ],
    ['the removal of what is not there', ['--remove', 'x'], '', /there is no policy or group called x/u],
    ['a time that no log reaches', ['-c', '-', '--promote-after', '30d'], SHOP, /Between 1s and 7d/u],
  ];
  for (const [what, argv, stdin, why] of refused)
    it(`refuses ${what}, and stages nothing`, async () => {
      const fake = shopSwarm();
      const ran = await run(fake, ['stage', ...argv], { stdin });
      assert.equal(ran.exitCode, 2);
      assert.match(ran.stderr, why);
      assert.deepEqual(fake.configs.configs, []);
    });

  it('takes cluster policies, and their removal', async () => {
    const fake = shopSwarm();
    await run(fake, ['apply', '-f', '-', '--no-wait'], { stdin: policy('old') });
    const ran = await run(fake, ['stage', '-f', '-', '--remove', 'old'], { stdin: policy('new') });
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(ran.stdout, /cluster policies, staged 1m ago by alice@laptop: new, without old/u);
    assert.deepEqual(stagedNames(fake), ['swarmwall-policy.old.v1', 'swarmwall-staged.cluster.v1']);
  });
});

describe('swarmwall policy staged', () => {
  it('shows hostile names as text, and what is not known', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-']);
    const hostile = { ...TOTAL, from: '\u001b[31mevil\nshop/x', to: 'y'.repeat(500) };
    const ran = await run(fake, ['staged'], {
      report: {
        ...{ breaks: [hostile], moreBreaks: 3, by: 'a\u001b[2Jb', changed: ['shop/db got other labels'] },
        gaps: [{ node: 'two', before: NOW, why: 'its agent is not connected' }],
        promotion: { after: 3_600_000, since: NOW, due: NOW - 1, waitsFor: ['two is away'] },
      },
    });
    assert.equal(ran.exitCode, 1);
    assert.ok(!ran.screen.includes('\u001b'));
    assert.ok(!ran.stdout.includes('y'.repeat(200)));
    assert.match(ran.stdout, /what passes now, 4 flows:/u);
    assert.match(ran.stdout, /… and 3 more\n/u);
    assert.match(ran.stdout, /after 1h without such a flow: its time has come\n {2}waits: two is away/u);
    assert.match(
      ran.stderr,
      /warning: flows of two before .* are not all known: its agent is not connected/u,
    );
    assert.match(
      ran.stderr,
      /warning: shop\/db got other labels since stack shop was staged: promotion would undo that/u,
    );
  });

  it('is one value for machines', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-']);
    const ran = await run(fake, ['staged', '--stack', 'shop', '--json']);
    assert.deepEqual(ran.json(), reportsOf(fake));
    assert.equal((await run(fake, ['staged', '--cluster'])).exitCode, 2);
  });

  it('says so when nothing is, and fails where no controller is', async () => {
    const ran = await run(shopSwarm(), ['staged']);
    assert.deepEqual([ran.exitCode, ran.stdout], [0, 'nothing is staged\n']);
    assert.equal((await run(shopSwarm(), ['staged'], { controller: false })).exitCode, 2);
  });

  it('does not call quiet what was not looked at yet', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-', '--no-wait']);
    const ran = await run(fake, ['staged', '--timeout', '1s'], { report: { looked: false } });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stdout, /still being read/u);
  });
});
