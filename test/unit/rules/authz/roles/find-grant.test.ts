import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Role, RoleBinding, Subject } from '../../../../../compose-ext/authz/authz-model.ts';
import { RESOURCES, VERBS } from '../../../../../compose-ext/authz/words.ts';
import type { Requester } from '../../../../../rules/authz/api-request.ts';
import { matchesRequester, matchesWord } from '../../../../../rules/authz/match-word.ts';
import { findGrant, type Question } from '../../../../../rules/authz/roles/find-grant.ts';
import { whoMayChangePolicies } from '../../../../../rules/authz/roles/lock-out.ts';
import { alice, bind, policyOf, role, socket, user } from './cases.ts';

const STACKS = ['shop', 'bank'];
const NAMES = ['web', 'web-2', 'db'];
const USERS = ['alice', 'ops-1', 'ops-2'];
const origin = { file: 'f', line: 1, column: 1 };

const some = <T>(values: readonly T[]) => fc.constantFrom(...values);
const words = (known: readonly string[]) => fc.array(some([...known, '*']), { minLength: 1, maxLength: 3 });
const rule = fc.record(
  {
    verbs: words(VERBS),
    resources: words([...RESOURCES, 'containers/*']),
    resourceNames: words(['we*', 'db']),
  },
  { requiredKeys: ['verbs', 'resources'] },
);
const roles: fc.Arbitrary<readonly Role[]> = fc.tuple(rule, rule, rule).map(([a, b, c]) => [
  { name: 'r1', rules: [a], origin },
  { name: 'r2', rules: [b, c], origin },
  { name: 'r3', stack: 'shop', rules: [c], origin },
]);
const subject: fc.Arbitrary<Subject> = fc.oneof(
  some(USERS).map(user),
  some(['*', 'ops-*']).map((pattern): Subject => ({ kind: 'Group', pattern })),
  fc.constant<Subject>({ kind: 'LocalSocket' }),
);
const binding = (stack: fc.Arbitrary<string | undefined>) =>
  fc
    .tuple(
      stack,
      some(['r1', 'r2', 'edit', 'stack-admin', 'nobody']),
      fc.array(subject, { maxLength: 3 }),
      fc.nat(),
    )
    .map(([where, name, subjects, n]): RoleBinding => ({
      ...bind(name, where, ...subjects),
      name: `b${n}`,
    }));
const bindings = fc.array(binding(some([undefined, ...STACKS])), { maxLength: 5 });
const question: fc.Arbitrary<Question> = fc.record(
  { verb: some(VERBS), resource: some(RESOURCES), name: some(NAMES), stack: some(STACKS) },
  { requiredKeys: ['verb', 'resource'] },
);
const requester: fc.Arbitrary<Requester> = fc.oneof(
  some(USERS).map((name): Requester => ({ kind: 'user', name })),
  fc.constant(socket),
);
/** Some binding is stored, so that storing one more takes no default away; it says nothing of the local socket. */
const stored = bind('nobody', undefined, user('nobody'));

describe('grants', () => {
  it('add up: one more binding or role never takes any away', () => {
    fc.assert(
      fc.property(roles, bindings, bindings, requester, question, (all, few, more, who, asked) => {
        const one = bind('nobody', undefined, user('nobody'), { kind: 'LocalSocket' });
        const before = findGrant(policyOf([one, ...few], all), who, asked) !== undefined;
        const after = findGrant(policyOf([one, ...few, ...more], all), who, asked) !== undefined;
        return !before || after;
      }),
    );
  });

  it('do not depend on the order of roles and bindings', () => {
    fc.assert(
      fc.property(roles, bindings, requester, question, (all, some, who, asked) => {
        const unique = [...new Map(some.map((each) => [each.name, each])).values()];
        assert.deepEqual(
          findGrant(policyOf(unique, all), who, asked),
          findGrant(policyOf([...unique].reverse(), [...all].reverse()), who, asked),
        );
      }),
    );
  });

  it('of a stack never reach into another one, nor what is of none', () => {
    const inShop = fc.array(binding(fc.constant('shop')), { maxLength: 6 });
    const elsewhere: fc.Arbitrary<Question> = fc.record(
      { verb: some(VERBS), resource: some(RESOURCES), name: some(NAMES), stack: fc.constant('bank') },
      { requiredKeys: ['verb', 'resource'] },
    );
    const ofAll = ['system/info', 'distribution', 'system/ping', 'system/version'];
    fc.assert(
      fc.property(roles, inShop, some(USERS), elsewhere, (all, given, name, asked) => {
        fc.pre(!ofAll.includes(asked.resource));
        assert.equal(findGrant(policyOf([stored, ...given], all), { kind: 'user', name }, asked), undefined);
      }),
    );
  });

  it('of a Role hold in its own stack only', () => {
    const own: Role = { ...role('own', '*', '*'), stack: 'shop' };
    const given = (stack: string): RoleBinding => ({
      ...bind('own', stack, user('alice')),
      role: { kind: 'Role', name: 'own' },
    });
    const asked = (stack: string): Question => ({ verb: 'delete', resource: 'services', stack });
    assert.ok(findGrant(policyOf([given('shop')], [own]), alice, asked('shop')));
    assert.equal(findGrant(policyOf([given('bank')], [own]), alice, asked('bank')), undefined);
  });

  it('say by which binding, role and rule', () => {
    const made = policyOf(
      [bind('ops', undefined, { kind: 'Group', pattern: 'al*' })],
      [
        {
          name: 'ops',
          rules: [...role('x', 'get', 'nodes').rules, ...role('y', 'list', 'nodes').rules],
          origin,
        },
      ],
    );
    const grant = findGrant(made, alice, { verb: 'list', resource: 'nodes' });
    assert.deepEqual([grant?.binding.name, grant?.role.name, grant?.rule], ['ops-everywhere', 'ops', 1]);
  });

  it('cannot be had by storing a role under a built-in name', () => {
    const given = policyOf([bind('view', undefined, user('alice'))], [role('view', '*', '*')]);
    assert.equal(findGrant(given, alice, { verb: 'delete', resource: 'nodes' }), undefined);
  });
});

describe('a lock-out', () => {
  const everyone = { kind: 'Group', pattern: 'ops-*' } as const;
  const local = { kind: 'LocalSocket' } as const;

  it('is when nobody could change the documents', () => {
    const cases: readonly [ReturnType<typeof policyOf>, number][] = [
      [policyOf([]), 2],
      [policyOf([bind('view', undefined, user('alice'))]), 1],
      [policyOf([bind('view', undefined, local)]), 0],
      [policyOf([bind('view', undefined, local), bind('cluster-admin', undefined, everyone)]), 1],
      [policyOf([bind('cluster-admin', 'shop', local)]), 0],
      [policyOf([bind('cluster-admin', undefined, local)]), 1],
      [policyOf([bind('gone', undefined, local)]), 0],
    ];
    for (const [policy, many] of cases) assert.equal(whoMayChangePolicies(policy).length, many);
  });

  it('is not, when several bindings together let somebody', () => {
    const few = role('few', 'get list create', 'configs system/info', {});
    const named = role('named', 'create', 'configs', { resourceNames: ['swarmwall-policy.*'] });
    const list = role('list', 'list get', 'configs system/info');
    const change = role('change', 'update', 'policies');
    const both = (...names: string[]) =>
      policyOf(
        names.map((name) => bind(name, undefined, local)),
        [few, named, list, change],
      );
    assert.equal(whoMayChangePolicies(both('few', 'change')).length, 1);
    assert.equal(whoMayChangePolicies(both('named', 'list', 'change')).length, 1);
    assert.equal(whoMayChangePolicies(both('named', 'change')).length, 0);
  });
});

describe('patterns', () => {
  it('match as a regular expression of the same meaning does', () => {
    const text = fc.string({ unit: some(['a', 'b', '.']), maxLength: 8 });
    const pattern = fc.string({ unit: some(['a', 'b', '.', '*']), maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (given, word) => {
        const same = given
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        assert.equal(matchesWord(given, word), new RegExp(`^${same}$`, 'u').test(word));
      }),
    );
  });

  it('do not take a certificate for the local socket, nor it for one', () => {
    assert.equal(matchesRequester(['*'], socket), false);
    assert.equal(matchesRequester(['@socket'], { kind: 'user', name: '@socket' }), false);
    assert.equal(matchesRequester(['@socket'], socket), true);
  });
});
