import assert from 'node:assert/strict';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFile, currentFile } from '../../../../plugin/authz/audit-file.ts';
import { createAuditLog } from '../../../../plugin/authz/audit-log.ts';
import { lineQueue } from '../../../../plugin/authz/line-queue.ts';
import { NO_POLICY, type Verdict } from '../../../../plugin/authz/ports.ts';
import { silentLog } from '../../../../plugin/log.ts';
import type { EngineCall } from '../../../../rules/authz/decode/index.ts';
import type { AuditRule } from '../../../../compose-ext/index.ts';
import { alice, around, bind, ofStack, policyOf, request, user } from '../../rules/authz/roles/cases.ts';
import { FakeClock } from '../fake-clock.ts';
import { ownFolder } from './own-folder.ts';

const DAY = 86_400_000;
const log = silentLog();
const CURRENT = currentFile('audit');
describe('the audit log', () => {
  const call = (uri: string, method = 'POST'): EngineCall => ({
    ...{ user: 'alice', authMethod: 'TLS', method, uri, headers: {} },
  });
  const set = (...rules: readonly AuditRule[]) => {
    const lines: Record<string, unknown>[] = [];
    const clock = new FakeClock();
    const audit = createAuditLog({
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
      clock,
      log,
    });
    const policy = {
      ...policyOf([bind('edit', 'shop', user('alice'))]),
      audit: [{ name: 'a', rules, origin: { file: 'f', line: 1, column: 1 } }],
    };
    const verdict = (id: string, what: string, more: Parameters<typeof request>[1] = {}): Verdict => {
      const made = request(what, more);
      const judged = { policy, around: around({ 'services/web': 'shop' }) };
      return {
        ...{ id, at: 7, allow: true, requester: alice, objections: [] },
        operation: made.operation,
        request: made,
        judged,
      };
    };
    const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    return { lines, audit, verdict, settle };
  };
  const ok = {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from('{"ID":"x","Spec":{"Data":"aHVudGVy"}}'),
  };

  it('tells of a call, what allowed it, whose the thing is, and how it was answered', async () => {
    const { lines, audit, verdict, settle } = set();
    audit.judged(
      call('/v1.41/services/web/update'),
      verdict('x-1', 'update services', { name: 'web', body: ofStack('shop') }),
    );
    await settle();
    audit.answered(call('/v1.41/services/web/update'), ok);
    await settle();
    assert.deepEqual(
      lines.map(({ id, stage, decision, stack, by, status }) => ({ id, stage, decision, stack, by, status })),
      [
        {
          ...{ id: 'x-1', stage: 'request', decision: 'allow', stack: 'shop', status: undefined },
          by: { binding: 'edit-shop', role: 'edit', rule: 3 },
        },
        {
          ...{ id: 'x-1', stage: 'response', status: 200 },
          decision: undefined,
          stack: undefined,
          by: undefined,
        },
      ],
    );
  });

  it('tells each of several equal calls once, and no answer to one that is not written', async () => {
    const { lines, audit, verdict, settle } = set({ level: 'None', verbs: ['restart'] });
    for (const id of ['x-1', 'x-2']) audit.judged(call('/a'), verdict(id, 'kill containers', { name: 'c' }));
    audit.judged(call('/b'), verdict('x-3', 'restart containers', { name: 'c' }));
    for (const uri of ['/b', '/a', '/a', '/a', '/never']) audit.answered(call(uri), ok);
    await settle();
    assert.deepEqual(lines.map(({ id, stage }) => `${String(id)} ${String(stage)}`).sort(), [
      'x-1 request',
      'x-1 response',
      'x-2 request',
      'x-2 response',
    ]);
  });

  it('says of what was read well one line, with bodies only at their level and without secrets', async () => {
    const { lines, audit, verdict, settle } = set({ level: 'RequestResponse', resources: ['configs'] });
    audit.judged(call('/c'), verdict('x-1', 'get containers', { name: 'c' }));
    audit.answered(call('/c'), ok);
    audit.judged(call('/d'), verdict('x-2', 'get configs', { name: 'c' }));
    audit.answered(call('/d'), ok);
    await settle();
    assert.deepEqual(lines.map(({ id, stage }) => `${String(id)} ${String(stage)}`).sort(), [
      'x-1 request',
      'x-2 request',
      'x-2 response',
    ]);
    assert.deepEqual(lines.find(({ stage }) => stage === 'response')?.['body'], {
      ID: 'x',
      Spec: { Data: '[redacted]' },
    });
  });

  it('tells of every refusal, also of what cannot be read, and of changes to plugins', async () => {
    const { lines, audit, verdict, settle } = set({ level: 'None' });
    audit.judged(call('/x?y=1'), {
      ...{
        id: 'x-1',
        at: 7,
        allow: false,
        requester: alice,
        operation: { id: 'Unknown', verb: 'unknown', resource: 'unknown' },
      },
      objections: [{ code: 'decode/x', message: 'm', policy: 'built-in', mode: 'enforce' }],
    });
    audit.judged(call('/p'), verdict('x-2', 'disable plugins', { name: 'swarmwall' }));
    await settle();
    assert.deepEqual(
      lines.map(({ id, level, path }) => [id, level, path]),
      [
        ['x-1', 'Metadata', '/x'],
        ['x-2', 'Metadata', '/'],
      ],
    );
    assert.equal(NO_POLICY.audit.length, 0);
  });
});

describe('lines to something slow', () => {
  it('are bounded; what is lost is counted, and told with the next that is written', async () => {
    const clock = new FakeClock();
    const wrote: string[] = [];
    let free: () => void = () => undefined;
    const queue = lineQueue({
      ...{ mostBytes: 10, clock, log, lostLine: (lost) => `lost ${lost}\n` },
      write: async (text) => {
        await new Promise<void>((resolve) => (free = resolve));
        wrote.push(text);
      },
    });
    for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) queue.push(line);
    free();
    await clock.pass(0);
    free();
    await clock.pass(0);
    queue.push('five\n');
    free();
    await queue.settled();
    assert.equal(queue.lost, 2);
    assert.equal(wrote.join(''), 'one\nlost 2\ntwo\nfive\n');
  });

  it('are tried again, then lost', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const queue = lineQueue({
      ...{ mostBytes: 100, clock, log, lostLine: () => '' },
      write: () => {
        tries += 1;
        return Promise.reject(new Error('no space left'));
      },
    });
    queue.push('x\n');
    await clock.pass(10_000);
    await queue.settled();
    assert.deepEqual([tries, queue.lost], [3, 1]);
  });
});

describe('files of the audit log', () => {
  const folder = ownFolder();
  const open = (clock: FakeClock, more: Partial<Parameters<typeof auditFile>[0]> = {}) =>
    auditFile({
      folder: folder.path,
      clock,
      log,
      fileBytes: 100,
      fileAge: DAY,
      keepFor: 7 * DAY,
      totalBytes: 10_000,
      ...more,
    });
  const names = async () => (await readdir(folder.path)).sort();
  const line = 'x'.repeat(59) + '\n';

  it('are closed when they are full or a day old, and nothing is lost between', async () => {
    const clock = new FakeClock();
    const file = open(clock);
    for (let n = 0; n < 4; n += 1) await file.append(line);
    assert.equal((await names()).length, 4);
    await clock.pass(DAY);
    await file.append('short\n');
    assert.equal((await names()).length, 5);
    assert.equal(await readFile(join(folder.path, CURRENT), 'utf8'), 'short\n');
    const all = await Promise.all((await names()).map((name) => readFile(join(folder.path, name), 'utf8')));
    assert.equal(all.join('').length, 4 * 60 + 6);
    await file.close();
  });

  it('are kept for their days, and the oldest go earlier only when all are too large', async () => {
    const clock = new FakeClock();
    clock.now = () => Date.now();
    const old = async (name: string, days: number, bytes: number) => {
      await writeFile(join(folder.path, name), 'x'.repeat(bytes));
      const at = new Date(Date.now() - days * DAY);
      await utimes(join(folder.path, name), at, at);
    };
    await old('audit-20260101T000000000Z.jsonl', 8, 10);
    await old('audit-20260102T000000000Z.jsonl', 6, 300);
    await old('audit-20260103T000000000Z.jsonl', 5, 300);
    await old('other.txt', 90, 10);
    const kept = open(clock);
    await kept.append(line);
    await kept.close();
    assert.deepEqual(await names(), [
      'audit-20260102T000000000Z.jsonl',
      'audit-20260103T000000000Z.jsonl',
      CURRENT,
      'other.txt',
    ]);
    const small = open(clock, { totalBytes: 500 });
    await small.append('x\n');
    await small.close();
    assert.deepEqual(await names(), ['audit-20260103T000000000Z.jsonl', CURRENT, 'other.txt']);
  });

  it('go on after a restart', async () => {
    const clock = new FakeClock();
    for (const text of ['one\n', 'two\n']) {
      const file = open(clock);
      await file.append(text);
      await file.close();
    }
    assert.equal(await readFile(join(folder.path, CURRENT), 'utf8'), 'one\ntwo\n');
  });
});
