import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { checkBindings, loadPolicies, writtenKind, type PolicyDocument } from '../../../compose-ext/index.ts';
import { BUILT_IN_ROLES } from '../../../compose-ext/authz/built-in-roles.ts';
import { knowsVerb, RESOURCES, VERBS, WORDS } from '../../../compose-ext/authz/words.ts';

const load = (text: string) => loadPolicies([{ file: 'a.yaml', text }]);
const shown = (text: string) =>
  load(text).diagnostics.map(
    ({ line, column, severity, code, message, hint }) =>
      `${line}:${column} ${severity} ${code} ${message} | ${hint}`,
  );

const GOOD = `kind: ClusterRole
name: deployers
rules:
  - { verbs: [create, update], resources: [services, networks], resourceNames: [web-*] }
  - { verbs: ['*'], resources: ['containers/*'] }
---
kind: Role
name: shop-reader
stack: shop
rules: [{ verbs: [get], resources: [services] }]
---
kind: RoleBinding
name: shop-team
stack: shop
role: { kind: Role, name: shop-reader }
subjects:
  - { kind: User, name: Alice Doe }
  - { kind: Group, pattern: ops-* }
---
kind: ClusterRoleBinding
name: admins
role: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: LocalSocket }]
---
kind: AdmissionPolicy
name: apps
level: baseline
---
kind: AuditPolicy
name: audit
rules:
  - { level: None, users: ['@socket'], verbs: [get, list], resources: [system/info, nodes] }
  - { level: Request, stacks: [shop] }
`;

describe('documents about the Docker API', () => {
  it('are read, each kind', () => {
    const { documents, diagnostics } = load(GOOD);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      documents.map((each) => `${writtenKind(each)} ${each.name} ${each.origin.line}`),
      [
        'ClusterRole deployers 1',
        'Role shop-reader 7',
        'RoleBinding shop-team 12',
        'ClusterRoleBinding admins 20',
        'AdmissionPolicy apps 25',
        'AuditPolicy audit 29',
      ],
    );
    const [deployers, reader, team, , , audit] = documents;
    assert.ok(deployers?.kind === 'role' && reader?.kind === 'role' && team?.kind === 'binding');
    assert.ok(audit?.kind === 'audit');
    assert.deepEqual(deployers.role.rules, [
      { verbs: ['create', 'update'], resources: ['services', 'networks'], resourceNames: ['web-*'] },
      { verbs: ['*'], resources: ['containers/*'] },
    ]);
    assert.equal(reader.role.stack, 'shop');
    assert.deepEqual(team.binding.subjects, [
      { kind: 'User', name: 'Alice Doe' },
      { kind: 'Group', pattern: 'ops-*' },
    ]);
    assert.deepEqual(
      [team.binding.role, team.binding.stack],
      [{ kind: 'Role', name: 'shop-reader' }, 'shop'],
    );
    assert.deepEqual(audit.audit.rules, [
      { level: 'None', users: ['@socket'], verbs: ['get', 'list'], resources: ['system/info', 'nodes'] },
      { level: 'Request', stacks: ['shop'] },
    ]);
    assert.deepEqual(checkBindings(documents, documents), []);
  });

  it('read back the same from what is stored of them', () => {
    const { documents } = load(GOOD);
    const plain = (all: readonly PolicyDocument[]) =>
      JSON.parse(
        JSON.stringify(all, (key, value: unknown) => (key === 'origin' || key === 'roleAt' ? 0 : value)),
      ) as unknown;
    assert.deepEqual(plain(documents.flatMap(({ text }) => load(text).documents)), plain(documents));
  });

  it('have every mistake reported at its place, all at once', () => {
    const text = `kind: Role
name: Reader
rules:
  - { verbs: [gett], resources: [service, containers/log, "containers/*"], resourceNames: [] }
  - { verbs: [prune], resources: [services] }
  - { verbs: [], resources: "*" }
---
kind: ClusterRole
name: view
stack: shop
rules: []
---
kind: RoleBinding
name: b
stack: "*"
role: { kind: role, name: view }
subjects:
  - { kind: User, pattern: x }
  - { kind: User, name: "@socket" }
  - { kind: LocalSocket, name: x }
  - { kind: Everybody }
---
kind: AuditPolicy
name: a
rules: [{ level: Full, resourcs: [x] }]
`;
    assert.deepEqual(shown(text), [
      '1:1 error missing-key "stack" is missing | ',
      '2:7 error invalid-value "name" must be small letters, digits, ".", "_" and "-", with a letter or digit at either end | ',
      '4:15 error unknown-verb "gett" is not a verb of the Docker API | Did you mean "get"?',
      '4:34 error unknown-resource "service" is not a resource of the Docker API | Did you mean "services"?',
      '4:43 error unknown-resource "containers/log" is not a resource of the Docker API | Did you mean "containers/logs"?',
      '4:91 error invalid-value "rules.0.resourceNames" must not be empty; leave it out to mean every name | ',
      '5:15 warning idle-verb "prune" is nothing that one can do to services | It goes with: build, containers, images, networks, volumes.',
      '6:14 error invalid-value "rules.2.verbs" must not be empty; everything is "*" | ',
      '6:29 error invalid-value "rules.2.resources" must be a list | ',
      '9:7 error built-in-role "view" is the name of a built-in role, which cannot be changed | Store yours under another name, and bind that.',
      '10:1 error unknown-key "stack" is not a known key | Known keys: kind, name, rules.',
      '11:8 error invalid-value "rules" must not be empty; a role without rules grants nothing | ',
      '15:8 error invalid-value "stack" must be the name of one stack | ',
      '16:15 error invalid-value "role.kind" must be one of [Role, ClusterRole] | ',
      '18:5 error missing-key "subjects.0.name" is missing | ',
      '18:28 error invalid-value "subjects.0.pattern" does not go with this kind: User has name, Group has pattern | ',
      '19:25 error invalid-value "subjects.1.name" must be the CN of a client certificate; the local socket is "kind: LocalSocket" | ',
      '20:32 error invalid-value "subjects.2.name" does not go with this kind: User has name, Group has pattern | ',
      '21:13 error invalid-value "subjects.3.kind" must be one of [User, Group, LocalSocket] | ',
      '25:18 error invalid-value "rules.0.level" must be one of [None, Metadata, Request, RequestResponse] | ',
      '25:24 error unknown-key "rules.0.resourcs" is not a known key | Did you mean "resources"?',
    ]);
  });

  it('have roles that are there, of the binding’s own stack', () => {
    const bound = (kind: string, name: string, stack = 'shop') =>
      load(
        `kind: RoleBinding\nname: b\nstack: ${stack}\nrole: { kind: ${kind}, name: ${name} }\nsubjects: [{ kind: LocalSocket }]\n`,
      ).documents;
    const stored = load(GOOD).documents;
    const said = (documents: readonly PolicyDocument[]) =>
      checkBindings(documents, [...stored, ...documents]).map(
        ({ line, column, message, hint }) => `${line}:${column} ${message} | ${hint}`,
      );
    assert.deepEqual(said(bound('Role', 'shop-reader')), []);
    assert.deepEqual(said(bound('ClusterRole', 'edit')), []);
    assert.deepEqual(said(bound('Role', 'shop-reader', 'bank')), [
      '4:27 there is no Role of stack "bank" called "shop-reader" | It is a Role of stack "shop".',
    ]);
    assert.deepEqual(said(bound('Role', 'deployers')), [
      '4:27 there is no Role of stack "shop" called "deployers" | It is a ClusterRole: write kind: ClusterRole.',
    ]);
    assert.deepEqual(said(bound('ClusterRole', 'deployer')), [
      '4:34 there is no ClusterRole called "deployer" | Did you mean "deployers"?',
    ]);
  });

  it('never throw, whatever is in them', () => {
    const kind = fc.constantFrom(
      'Role',
      'ClusterRole',
      'RoleBinding',
      'ClusterRoleBinding',
      'AuditPolicy',
      'AdmissionPolicy',
    );
    fc.assert(
      fc.property(
        kind,
        fc.object({
          key: fc.constantFrom('name', 'rules', 'verbs', 'subjects', 'kind', '__proto__', 'role'),
        }),
        (k, more) => {
          const { documents } = load(JSON.stringify({ ...more, kind: k }));
          checkBindings(documents, documents);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('words of roles', () => {
  it('are listed in docs/authorization.md', () => {
    const rows = readFileSync('docs/authorization.md', 'utf8').match(/^\| `[^|]+` +\| `.*\|$/gmu) ?? [];
    const listed = rows.map((row) => [...row.matchAll(/`([^`]+)`/gu)].map(([, word]) => word));
    for (const [resource, verbs] of Object.entries(WORDS))
      assert.ok(
        listed.some((words) => words.join() === [resource, ...verbs].join()),
        `${resource}: ${verbs.join()}`,
      );
  });

  it('are enough for the built-in roles', () => {
    for (const { name, rules } of BUILT_IN_ROLES)
      for (const { verbs, resources } of rules)
        for (const resource of resources.filter((each) => Object.hasOwn(WORDS, each)))
          assert.ok(
            verbs.some((verb) => verb === '*' || knowsVerb(resource, verb)),
            `${name}: nothing of ${verbs.join()} can be done to ${resource}`,
          );
  });

  it('are each said once, and none is of an object’s own', () => {
    assert.equal(new Set(RESOURCES).size, RESOURCES.length);
    assert.equal(new Set(VERBS).size, VERBS.length);
    assert.equal(knowsVerb('constructor', 'get'), false);
  });
});
