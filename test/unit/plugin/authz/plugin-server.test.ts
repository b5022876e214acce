import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createJudge } from '../../../../plugin/authz/judge.ts';
import { createPluginServer } from '../../../../plugin/authz/plugin-server.ts';
import type { AuditLog, Judge, Verdict } from '../../../../plugin/authz/ports.ts';
import { NO_POLICY } from '../../../../plugin/authz/ports.ts';
import { surroundingsOf } from '../../../../plugin/authz/surroundings.ts';
import { OWN_CALL_HEADER, newOwnCallSecret } from '../../../../plugin/docker/own-calls.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { listenOnSocket } from '../../../../plugin/process/unix-socket.ts';
import { FakeClock } from '../fake-clock.ts';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly Allow?: boolean;
    readonly Msg?: string;
    readonly Err?: string;
    readonly Implements?: unknown;
  };
}

describe('the server that the engine asks', () => {
  const secret = newOwnCallSecret();
  const asked: string[] = [];
  const told: (readonly ['judged', Verdict] | readonly ['answered', number])[] = [];
  let folder: string;
  let socket: string;
  let server: ReturnType<typeof createPluginServer>;
  let wantsAnswers: boolean;

  const judges: Judge[] = [
    (call) => {
      asked.push(call.operation.id);
      if (call.operation.name === 'broken') throw new Error('no idea');
      const mode = call.operation.name === 'warned' ? 'warn' : 'enforce';
      return ['refused', 'warned'].includes(call.operation.name ?? '')
        ? [{ code: 'test/no', message: 'it may not', hint: 'Ask for less.', policy: 'built-in', mode }]
        : [];
    },
  ];
  const audit: AuditLog = {
    judged: (_, verdict) => void told.push(['judged', verdict]),
    wantsAnswers: () => wantsAnswers,
    answered: (_, { status }) => void told.push(['answered', status]),
  };

  beforeEach(async () => {
    asked.length = 0;
    told.length = 0;
    wantsAnswers = false;
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-authz-'));
    socket = join(folder, 'plugins', 'swarmwall.sock');
    const judge = createJudge({
      source: { policy: () => NO_POLICY },
      clock: new FakeClock(),
      surroundings: () => surroundingsOf(() => Promise.reject(new Error('not asked'))),
      judges,
    });
    server = createPluginServer({ judge, ownCallSecret: secret, audit, log: silentLog() });
    await listenOnSocket(server, socket, 0o755);
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  function post(path: string, body: unknown, method = 'POST'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: socket, path, method }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
        });
      });
      call.on('error', reject);
      call.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }
  const judged = (uri: string, more: object = {}) =>
    post('/AuthZPlugin.AuthZReq', {
      RequestMethod: 'POST',
      RequestUri: uri,
      RequestHeaders: { 'Content-Length': '0' },
      ...more,
    });
  const soon = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('says what it is, to root only', async () => {
    assert.deepEqual((await post('/Plugin.Activate', '')).body, { Implements: ['authz'] });
    assert.equal(statSync(socket).mode & 0o777, 0o600);
  });

  it('lets pass what nobody objects to, and says why it lets something not', async () => {
    assert.deepEqual((await judged('/v1.41/containers/web/start')).body, { Allow: true });
    const { status, body } = await judged('/v1.41/containers/refused/start');
    assert.equal(status, 200);
    assert.equal(body.Allow, false);
    assert.match(body.Msg ?? '', /^it may not \[test\/no\] Ask for less\.\n\(request [0-9a-f]{8}-\w+; /u);
  });

  it('lets pass what is only warned of', async () => {
    assert.deepEqual((await judged('/v1.41/containers/warned/start')).body, { Allow: true });
  });

  it('refuses when a judge fails', async () => {
    const { body } = await judged('/v1.41/containers/broken/start');
    assert.equal(body.Allow, false);
    assert.match(body.Msg ?? '', /could not be judged: no idea \[failed\/internal\]/u);
  });

  it('refuses what it cannot decode, and asks no judge', async () => {
    const { body } = await judged('/v1.41//containers/web/start');
    assert.equal(body.Allow, false);
    assert.match(body.Msg ?? '', /\[decode\/path\]/u);
    assert.deepEqual(asked, []);
  });

  it('asks nobody about a ping or the version', async () => {
    for (const uri of ['/_ping', '/v1.41/version'])
      assert.deepEqual((await judged(uri, { RequestMethod: 'GET' })).body, { Allow: true });
    assert.deepEqual(asked, []);
  });

  it('lets own calls pass unjudged and untold, by the whole secret only', async () => {
    const uri = '/v1.41/containers/refused/start';
    const own = (value: string) => judged(uri, { RequestHeaders: { [OWN_CALL_HEADER]: value } });
    assert.deepEqual((await own(secret)).body, { Allow: true });
    await soon();
    assert.deepEqual([asked, told], [[], []]);
    for (const wrong of ['', secret.slice(1), `${secret} `, newOwnCallSecret()])
      assert.equal((await own(wrong)).body.Allow, false);
  });

  it('fails on what is no question of an engine, which then denies', async () => {
    for (const body of ['', '{', '[]', 'null', '{"RequestUri":1}', '{"RequestHeaders":"x"}']) {
      const { status, body: answer } = await post('/AuthZPlugin.AuthZReq', body);
      assert.equal(status, 500, body);
      assert.ok(answer.Err, body);
    }
    assert.match((await post('/AuthZPlugin.AuthZReq', '')).body.Err ?? '', /repeat it/u);
    assert.equal((await post('/AuthZPlugin.Other', '{}')).status, 404);
    assert.equal((await post('/Plugin.Activate', '', 'PUT')).status, 404);
  });

  it('lets every answer pass at once, and reads it only for an audit log that wants it', async () => {
    const answer = { RequestMethod: 'GET', RequestUri: '/info', ResponseStatusCode: 200 };
    for (const body of [answer, '', '{'])
      assert.deepEqual((await post('/AuthZPlugin.AuthZRes', body)).body, { Allow: true });
    await soon();
    assert.deepEqual(told, []);
    wantsAnswers = true;
    for (const body of [answer, '{'])
      assert.deepEqual((await post('/AuthZPlugin.AuthZRes', body)).body, { Allow: true });
    await soon();
    assert.deepEqual(told, [['answered', 200]]);
  });

  it('tells the audit log what it decided', async () => {
    await judged('/v1.41/containers/refused/start', { User: 'alice', UserAuthNMethod: 'TLS' });
    await soon();
    const [[, verdict]] = told as [readonly ['judged', Verdict]];
    assert.equal(verdict.allow, false);
    assert.deepEqual(verdict.requester, { kind: 'user', name: 'alice' });
    assert.deepEqual(verdict.operation, {
      id: 'ContainerStart',
      verb: 'start',
      resource: 'containers',
      name: 'refused',
    });
  });

  it('answers many at once, on connections that stay or break', async () => {
    const broken = connect(socket);
    broken.write('POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    await new Promise((resolve) => broken.once('connect', resolve));
    broken.destroy();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => judged(`/v1.41/containers/${at % 2 ? 'web' : 'refused'}/start`)),
    );
    assert.deepEqual(
      answers.map(({ body }) => body.Allow),
      answers.map((_, at) => at % 2 === 1),
    );
  });
});
