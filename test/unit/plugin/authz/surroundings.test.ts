import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createSurroundings } from '../../../../plugin/authz/surroundings.ts';
import { OWN_CALL_HEADER } from '../../../../plugin/docker/own-calls.ts';
import { Fault } from '../../../../plugin/fault.ts';

describe('what judges ask the engine', () => {
  const seen: { readonly url: string; readonly secret: unknown }[] = [];
  const answers = new Map<string, readonly [status: number, body: string]>();
  let folder: string;
  let dockerSocket: string;
  let server: Server;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-around-'));
    dockerSocket = join(folder, 'docker.sock');
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', secret: request.headers[OWN_CALL_HEADER.toLowerCase()] });
      const [status, body] = answers.get(request.url ?? '') ?? [404, '{"message":"no such thing"}'];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => void server.listen(dockerSocket, resolve));
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  const around = () => createSurroundings({ dockerSocket, secret: 'the secret' })();

  it('is asked once for each call, with the secret, and escaped', async () => {
    seen.length = 0;
    answers.set('/networks/a%2Fb', [
      200,
      '{"Id":"n1","Name":"a/b","Driver":"overlay","Options":{"encrypted":""}}',
    ]);
    const here = around();
    const [network] = await Promise.all([here.network('a/b'), here.network('a/b')]);
    assert.equal(network?.encrypted, true);
    assert.equal(network.driver, 'overlay');
    assert.deepEqual(seen, [{ url: '/networks/a%2Fb', secret: 'the secret' }]);
    await around().network('a/b');
    assert.equal(seen.length, 2);
  });

  it('knows what is not there, and asks for nothing that is no name', async () => {
    seen.length = 0;
    assert.equal(await around().container('gone'), undefined);
    for (const name of ['', '.', '..']) assert.equal(await around().container(name), undefined);
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['/containers/gone/json'],
    );
  });

  it('fails when the engine fails, answers no JSON, or is not there', async () => {
    answers.set('/services/a', [503, '{"message":"This node is not a swarm manager."}']);
    answers.set('/services/b', [200, 'raw logs']);
    await assert.rejects(around().service('a'), /docker-failed|not a swarm manager/u);
    await assert.rejects(around().service('b'), Fault);
    const nowhere = createSurroundings({ dockerSocket: join(folder, 'none.sock'), secret: 'x' })();
    await assert.rejects(nowhere.container('a'), (error: Fault) => error.code === 'docker-unavailable');
  });

  it('fails when the engine says nothing for 2 s', async function () {
    this.timeout(10_000);
    const silent = createServer(() => undefined);
    const socket = join(folder, 'silent.sock');
    await new Promise<void>((resolve) => void silent.listen(socket, resolve));
    const here = createSurroundings({ dockerSocket: socket, secret: 'x' })();
    await assert.rejects(here.container('a'), (error: Fault) => error.code === 'docker-unavailable');
    silent.closeAllConnections();
    silent.close();
  });

  it('maps a container and a service', async () => {
    answers.set('/containers/web/json', [
      200,
      '{"Id":"c1","Name":"/web","Config":{"Image":"a","Labels":{"__proto__":"x"}},"HostConfig":{"Privileged":true,"NetworkMode":"host"}}',
    ]);
    const container = await around().container('web');
    assert.equal(container?.name, 'web');
    assert.equal(container.privileged, true);
    assert.equal(container.networkMode, 'host');
    assert.deepEqual(Object.entries(container.labels), [['__proto__', 'x']]);
    answers.set('/services/shop_web', [200, '{"ID":"s1","Spec":{"Name":"shop_web","Labels":{"a":"b"}}}']);
    const service = await around().service('shop_web');
    assert.deepEqual([service?.id, service?.name, service?.labels['a']], ['s1', 'shop_web', 'b']);
  });
});
