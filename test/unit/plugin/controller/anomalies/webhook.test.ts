import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { openWebhook, webhookUrl } from '../../../../../plugin/controller/anomalies/webhook.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import { FakeClock } from '../../fake-clock.ts';

interface Call {
  readonly path: string;
  readonly secret: string | undefined;
  readonly body: string;
}

describe('the webhook', () => {
  let server: Server;
  let calls: Call[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let clock: FakeClock;
  let results: string[];

  beforeEach(async () => {
    calls = [];
    results = [];
    clock = new FakeClock();
    answer = (_, response) => response.end();
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const secret = request.headers['x-swarmwall-secret'] as string | undefined;
        calls.push({ path: request.url!, secret, body });
        answer(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const open = (path = '/hook') =>
    openWebhook({
      url: `http://127.0.0.1:${(server.address() as { port: number }).port}${path}`,
      ...{ secret: 'geheim', clock, log: silentLog() },
      onDelivered: () => results.push('delivered'),
      onFailed: () => results.push('failed'),
    });
  /** Real calls, in time that passes by itself. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 1_000 && !done(); turn += 1) {
      await clock.pass(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(done(), JSON.stringify({ calls, results }));
  };

  it('is told each event in order, with the secret', async () => {
    const webhook = open();
    webhook.push({ n: 1 });
    webhook.push({ n: 2 });
    await until(() => results.length === 2);
    assert.deepEqual(calls, [
      { path: '/hook', secret: 'geheim', body: '{"n":1}' },
      { path: '/hook', secret: 'geheim', body: '{"n":2}' },
    ]);
    assert.equal(webhook.waiting, 0);
  });

  it('is tried again, so often and no more', async () => {
    answer = (_, response) => response.writeHead(500).end();
    const webhook = open();
    webhook.push({ n: 1 });
    await until(() => results.length === 1);
    assert.deepEqual(results, ['failed']);
    assert.equal(calls.length, 4);
    answer = (_, response) => response.end();
    webhook.push({ n: 2 });
    await until(() => results.length === 2);
    assert.deepEqual(results, ['failed', 'delivered']);
  });

  it('is not followed elsewhere: the secret is for one', async () => {
    answer = (request, response) =>
      request.url === '/hook' ? response.writeHead(307, { location: '/elsewhere' }).end() : response.end();
    open().push({ n: 1 });
    await until(() => results.length === 1);
    assert.deepEqual(results, ['failed']);
    assert.ok(calls.every(({ path }) => path === '/hook'));
  });

  it('keeps so many and counts the others', () => {
    answer = () => undefined;
    const webhook = open();
    for (let n = 0; n < 250; n += 1) webhook.push({ n });
    assert.equal(webhook.waiting, 200);
    assert.equal(results.length, 50);
    webhook.stop();
    assert.equal(webhook.waiting, 0);
  });

  it('is an http or https URL, with nobody in it', () => {
    assert.equal(webhookUrl('https://hooks.example.com/x').host, 'hooks.example.com');
    for (const bad of ['', 'hooks', 'file:///etc/passwd', 'unix:/run/docker.sock', 'https://a:b@example.com'])
      assert.throws(() => webhookUrl(bad), { code: 'peer-invalid' });
  });
});
