import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { silentLog } from '../../../../plugin/log.ts';
import { createMetrics } from '../../../../plugin/metrics/registry.ts';
import {
  serveMetrics,
  type MetricsServer,
  type MetricsServerOptions,
} from '../../../../plugin/metrics/serve-metrics.ts';
import { FakeClock } from '../fake-clock.ts';

describe('the /metrics listener', () => {
  const open: MetricsServer[] = [];
  const clock = new FakeClock();
  const serve = async (more: Partial<MetricsServerOptions> = {}): Promise<MetricsServer> => {
    const server = await serveMetrics({
      ...{ registry: createMetrics('1', 'agent').registry, address: '127.0.0.1', port: 0 },
      ...{ token: undefined, clock, log: silentLog() },
      ...more,
    });
    open.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  async function ask(
    server: MetricsServer,
    options: { path?: string; method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
    const { path = '/metrics', body, ...others } = options;
    return new Promise((resolve, reject) => {
      const asked = request(
        { ...others, host: '127.0.0.1', port: server.port!, path, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            resolve({ status: response.statusCode!, body: text, headers: response.headers });
          });
        },
      );
      asked.on('error', reject).end(body);
    });
  }

  it('answers Prometheus, and only it', async () => {
    const server = await serve();
    const { status, body, headers } = await ask(server);
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.match(body, /^swarmwall_build_info/m);
    assert.equal((await ask(server, { method: 'HEAD' })).body, '');
    assert.equal((await ask(server, { path: '/metrics?x=1' })).status, 200);
    for (const [options, expected] of [
      [{ method: 'POST' }, 405],
      [{ method: 'DELETE' }, 405],
      [{ path: '/' }, 404],
      [{ path: '/v1/stop', method: 'POST' }, 404],
      [{ path: '/metrics/../v1/status' }, 404],
      [{ body: 'x'.repeat(100), headers: { 'content-length': '100' } }, 413],
      [{ headers: { 'x-long': 'x'.repeat(20_000) } }, 431],
    ] as const)
      assert.equal((await ask(server, options)).status, expected, JSON.stringify(options).slice(0, 80));
  });

  it('asks for the token, where there is one', async () => {
    const server = await serve({ token: 'geheim' });
    const authorized = (authorization: string) => ask(server, { headers: { authorization } });
    assert.equal((await ask(server)).status, 401);
    assert.equal((await authorized('Bearer geheim2')).status, 401);
    assert.equal((await authorized('Basic geheim')).status, 401);
    assert.equal((await authorized('Bearer geheim')).status, 200);
    assert.equal(
      (await ask(server, { path: '/other' })).status,
      401,
      'tells a stranger nothing of its paths',
    );
  });

  it('reads once for all who ask at the same time', async () => {
    let reads = 0;
    const metrics = createMetrics('1', 'agent');
    metrics.read('slow', 'x', async () => {
      reads += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 1;
    });
    const server = await serve({ registry: metrics.registry });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(server)));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.ok(reads < 8, `${reads} readings`);
  });

  it('ends what only holds a connection, and takes so many at once', async () => {
    const server = await serve();
    const sockets = Array.from({ length: 30 }, () => connect(server.port!, '127.0.0.1'));
    for (const socket of sockets)
      socket.on('error', () => undefined).write('GET /metrics HTTP/1.1\r\nX-Slow: ');
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.resume().on('close', resolve))),
    );
    assert.equal((await ask(server)).status, 200);
  });

  it('waits for a port that is taken, and nothing waits for it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const server = await serve({ port });
    assert.equal(server.port, undefined);
    taken.close();
    await once(taken, 'close');
    await clock.pass(10_000);
    for (let turn = 0; turn < 200 && server.port === undefined; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal((await ask(server)).status, 200);
  });

  it('is nowhere, where it is off', async () => {
    assert.equal((await serve({ address: 'off' })).port, undefined);
  });
});
