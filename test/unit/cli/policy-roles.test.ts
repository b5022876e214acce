import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemClock } from '../../../plugin/process/clock.ts';
import { cli, type RunOptions } from './fake-io.ts';
import { fakeSwarm, type FakeSwarm } from './fake-swarm.ts';

const run = (fake: FakeSwarm, argv: readonly string[], options: RunOptions = {}) =>
  cli(['policy', ...argv], {
    ...options,
    world: {
      connectSwarm: () => Promise.resolve(fake.swarm),
      author: () => 'alice@laptop',
      clock: systemClock,
    },
  });
const apply = (fake: FakeSwarm, text: string, ...more: readonly string[]) =>
  run(fake, ['apply', '-f', '-', ...more], { stdin: text });
const configNames = (fake: FakeSwarm) => fake.configs.configs.map(({ Spec }) => Spec?.Name);

describe('swarmwall policy, of roles', () => {
  it('refuses what would leave nobody to change policies, by whatever command', async () => {
    const fake = fakeSwarm();
    const bindSocket = (role: string) =>
      `kind: ClusterRoleBinding\nname: local\nrole: { kind: ClusterRole, name: ${role} }\nsubjects: [{ kind: LocalSocket }]\n`;
    const ops =
      'kind: ClusterRoleBinding\nname: ops\nrole: { kind: ClusterRole, name: cluster-admin }\nsubjects: [{ kind: Group, pattern: ops-* }]\n';
    const nobody = /nobody could change policies any more; nothing was changed/u;
    assert.match((await apply(fake, bindSocket('view'))).stderr, nobody);
    assert.match((await apply(fake, bindSocket('view'), '--dry-run')).stderr, nobody);
    assert.deepEqual(configNames(fake), []);
    const both = await apply(fake, `${bindSocket('view')}---\n${ops}`, '--no-wait');
    assert.match(both.stderr, /only bearers of a certificate may change policies: those matching "ops-\*"/u);
    assert.equal(both.exitCode, 0);
    const removed = await run(fake, ['rm', 'ops', '--json']);
    assert.equal(removed.exitCode, 2);
    assert.equal(removed.json<{ error: { code: string } }>().error.code, 'lock-out');
    await apply(fake, bindSocket('cluster-admin'), '--no-wait');
    await run(fake, ['rm', 'ops', '--no-wait']);
    assert.match((await run(fake, ['rollback', 'local'])).stderr, nobody);
  });

  it('warns of a team that its stack does not bound, once', async () => {
    const fake = fakeSwarm();
    const team = (name: string, subject: string, role = 'edit') =>
      `kind: RoleBinding\nname: ${name}\nstack: shop\nrole: { kind: ClusterRole, name: ${role} }\nsubjects: [${subject}]\n`;
    const admission = (match: string, more = 'level: baseline') =>
      `kind: AdmissionPolicy\nname: teams\nmatch: ${match}\n${more}\n`;
    const warned = async (...texts: readonly string[]): Promise<boolean> =>
      (await apply(fakeSwarm(), texts.join('---\n'), '--no-wait')).stderr.includes(
        'asking for the whole node',
      );
    const alice = '{ kind: User, name: alice }';
    const dev = '{ kind: Group, pattern: "dev-*" }';
    assert.equal(await warned(team('t', alice)), true);
    assert.equal(await warned(team('t', alice, 'view')), false);
    assert.equal(await warned(team('t', alice), admission('{ stacks: [shop] }')), false);
    assert.equal(await warned(team('t', alice), admission('{ stacks: [bank] }')), true);
    assert.equal(await warned(team('t', `${alice}, ${dev}`), admission('{ users: [alice] }')), true);
    assert.equal(await warned(team('t', `${alice}, ${dev}`), admission('{ users: [alice, "dev*"] }')), false);
    assert.equal(
      await warned(team('t', alice), admission('{ users: [alice] }', 'level: baseline\nmode: warn')),
      true,
    );
    const ops =
      'kind: ClusterRoleBinding\nname: ops\nrole: { kind: ClusterRole, name: cluster-admin }\nsubjects: [{ kind: User, name: o }]\n';
    const local = team('t', '{ kind: LocalSocket }');
    assert.equal(await warned(local, ops, admission('{ users: ["*"] }')), true);
    assert.equal(await warned(local, ops, admission('{ users: ["@socket"] }')), false);
    await apply(fake, team('one', alice), '--no-wait');
    const second = await apply(fake, team('two', alice), '--no-wait');
    assert.match(second.stderr, /"two" lets its subjects/u);
    assert.doesNotMatch(second.stderr, /"one" lets/u);
  });

  it('refuses a binding to a role that is not there, and to remove one that is bound', async () => {
    const fake = fakeSwarm();
    const bound =
      'kind: RoleBinding\nname: b\nstack: shop\nrole: { kind: Role, name: readers }\nsubjects: [{ kind: User, name: a }]\n';
    const reader =
      'kind: Role\nname: reader\nstack: shop\nrules: [{ verbs: [get], resources: [services] }]\n';
    assert.match(
      (await apply(fake, `${bound}---\n${reader}`)).stderr,
      /<stdin>:4:\d+ error unknown-role there is no Role of stack "shop" called "readers"[^]*Did you mean "reader"\?/u,
    );
    const whole = `${bound.replace('readers', 'reader')}---\n${reader}`;
    assert.equal((await apply(fake, whole, '--no-wait')).exitCode, 0);
    assert.match((await run(fake, ['rm', 'reader'])).stderr, /"b" would lose the role "reader"/u);
    assert.match(
      (await apply(fake, reader.replace('stack: shop', 'stack: bank'))).stderr,
      /"b" would lose the role "reader"; nothing was changed/u,
    );
    const listed = await run(fake, ['list']);
    assert.match(listed.stdout, /^reader +Role \(shop\) +- +- +1 rule/mu);
    assert.match(listed.stdout, /^b +RoleBinding \(shop\) +- +- +1 subject/mu);
    assert.equal((await run(fake, ['show', 'reader'])).stdout, reader);
  });
});
