import assert from 'node:assert/strict';
import type { AuditPolicy, AuditRule } from '../../../../../compose-ext/authz/authz-model.ts';
import { auditAnswer, auditEntry, type Audited } from '../../../../../rules/authz/audit/audit-entry.ts';
import { auditLevel, type AuditSubject } from '../../../../../rules/authz/audit/audit-level.ts';
import { alice, request, socket } from '../roles/cases.ts';

const origin = { file: 'f', line: 1, column: 1 };
const policies = (...rules: readonly AuditRule[]): readonly AuditPolicy[] => [{ name: 'a', rules, origin }];
const subject = (more: Partial<AuditSubject> = {}): AuditSubject => ({
  ...{ requester: alice, verb: 'get', resource: 'containers/logs', notable: false },
  ...more,
});

describe('the audit level', () => {
  it('is that of the first rule that matches, policies by name; else Metadata', () => {
    assert.equal(auditLevel([], subject()), 'Metadata');
    const two = [
      { name: 'b', rules: [{ level: 'Request' }], origin },
      { name: 'a', rules: [{ level: 'None', verbs: ['get'] }], origin },
    ] as const;
    assert.equal(auditLevel(two, subject()), 'None');
    assert.equal(auditLevel(two, subject({ verb: 'create' })), 'Request');
  });

  it('looks at users, verbs, resources and stacks, all of them', () => {
    const level = (rule: Omit<AuditRule, 'level'>, more: Partial<AuditSubject> = {}) =>
      auditLevel(policies({ level: 'Request', ...rule }), subject(more));
    assert.equal(level({ users: ['al*'] }), 'Request');
    assert.equal(level({ users: ['*'] }, { requester: socket }), 'Metadata');
    assert.equal(level({ users: ['@socket'] }, { requester: socket }), 'Request');
    assert.equal(level({ resources: ['containers/*'] }), 'Request');
    assert.equal(level({ resources: ['containers'] }), 'Metadata');
    assert.equal(level({ stacks: ['sh*'] }), 'Metadata');
    assert.equal(level({ stacks: ['sh*'] }, { stack: 'shop' }), 'Request');
    assert.equal(level({ stacks: ['shop'], verbs: ['create'] }, { stack: 'shop' }), 'Metadata');
  });

  it('of what is notable is never None', () => {
    assert.equal(auditLevel(policies({ level: 'None' }), subject({ notable: true })), 'Metadata');
    assert.equal(auditLevel(policies({ level: 'None' }), subject()), 'None');
  });
});

describe('an audit entry', () => {
  const audited = (more: Partial<Audited> = {}): Audited => ({
    ...{ time: 1, id: 'x-1', level: 'Metadata', requester: alice, allow: true, objections: [] },
    ...{ operation: { id: 'SecretCreate', verb: 'create', resource: 'secrets', name: 'db' }, method: 'POST' },
    ...{ uri: '/v1.41/secrets/create?token=hunter2', stack: 'shop' },
    ...more,
  });
  const asked = {
    ...request('create secrets', { name: 'db', body: { Name: 'db', Data: 'aHVudGVyMg==' } }),
    path: '/secrets/create',
  };

  it('tells who did what, and what allowed it', () => {
    const grant = { binding: { name: 'b' }, role: { name: 'edit' }, rule: 2 } as unknown as NonNullable<
      Audited['grant']
    >;
    assert.deepEqual(auditEntry(audited({ request: asked, grant })), {
      ...{
        time: 1,
        id: 'x-1',
        stage: 'request',
        level: 'Metadata',
        user: 'alice',
        verb: 'create',
        resource: 'secrets',
      },
      ...{ operation: 'SecretCreate', name: 'db', stack: 'shop', decision: 'allow' },
      ...{ by: { binding: 'b', role: 'edit', rule: 2 }, method: 'POST', path: '/secrets/create' },
    });
  });

  it('takes no certificate for the local socket', () => {
    const named = (name: string) => auditEntry(audited({ requester: { kind: 'user', name } })).user;
    assert.deepEqual(
      [named('@socket'), auditEntry(audited({ requester: socket })).user],
      ['CN=@socket', '@socket'],
    );
  });

  it('has bodies only from level Request on, and never a secret', () => {
    assert.ok(!('body' in auditEntry(audited({ request: asked }))));
    assert.deepEqual(
      { ...(auditEntry(audited({ request: asked, level: 'Request' })).body as object) },
      { Name: 'db', Data: '[redacted]' },
    );
    const login = request('create system/auth', { body: { username: 'a', x: 'hunter2' } });
    const entry = auditEntry(
      audited({ request: login, operation: login.operation, level: 'RequestResponse' }),
    );
    assert.ok(!('body' in entry));
    assert.ok(!('body' in auditAnswer(entry, { time: 2, status: 200, body: { x: 'y' } })));
  });

  it('of a call that could not be read has its path without the query, and why it was refused', () => {
    const objections = [
      { code: 'decode/x', message: 'no: password=hunter2', policy: 'built-in', mode: 'enforce' as const },
    ];
    const entry = auditEntry(audited({ allow: false, objections, level: 'Request' }));
    assert.equal(entry.path, '/v1.41/secrets/create');
    assert.ok(!JSON.stringify(entry).includes('hunter2'));
    assert.deepEqual(
      entry.objections?.map(({ code }) => code),
      ['decode/x'],
    );
  });

  it('leaves out a body that is too long for a line', () => {
    const Labels = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`label-${n}`, 'some text']));
    const long = request('create networks', { body: { Labels } });
    const entry = auditEntry(audited({ request: long, operation: long.operation, level: 'Request' }));
    assert.match(String(entry.body), /^\[left out: \d+ characters\]$/u);
  });

  it('of an answer has its status, and its body at level RequestResponse', () => {
    const entry = auditEntry(audited({ request: asked, level: 'RequestResponse' }));
    assert.deepEqual(auditAnswer(entry, { time: 5, status: 201, body: 'ok' }), {
      ...{
        time: 5,
        id: 'x-1',
        stage: 'response',
        user: 'alice',
        verb: 'create',
        resource: 'secrets',
        status: 201,
        body: 'ok',
      },
    });
    assert.ok(!('body' in auditAnswer({ ...entry, level: 'Request' }, { time: 5, status: 201, body: 'ok' })));
  });
});
