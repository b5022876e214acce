import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { createLocalApp, serveLocal } from '../../../../plugin/api/local-server.ts';
import { Fault } from '../../../../plugin/fault.ts';

describe('the local API', () => {
  const app = createLocalApp(
    {
      '/v1/status': () => ({ role: 'agent' }),
      '/v1/model': () => {
        throw new Fault('docker-unavailable', 'not known yet');
      },
    },
    () => undefined,
  );

  it('answers in JSON, failures too, with their code', async () => {
    await supertest(app).get('/v1/status').expect(200, { role: 'agent' });
    await supertest(app)
      .get('/v1/model')
      .expect(500, { code: 'docker-unavailable', message: 'not known yet' });
    const { body, status } = await supertest(app).get('/v1/other');
    assert.equal(status, 404);
    assert.equal((body as { code: string }).code, 'not-found');
    await supertest(app).get('/v1/stop').expect(404);
  });

  it('answers before it stops', async () => {
    let stopped = false;
    const stopping = createLocalApp({}, () => {
      stopped = true;
    });
    await supertest(stopping).post('/v1/stop').expect(200, { stopping: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(stopped);
  });

  describe('on its socket', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'swarmwall-api-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    it('is for root only, replaces what a crash left, and leaves another one alone', async () => {
      const socket = join(folder, 'deeper', 'agent.sock');
      const first = await serveLocal(socket, {}, () => undefined);
      assert.equal(statSync(socket).mode & 0o777, 0o600);
      await assert.rejects(
        serveLocal(socket, {}, () => undefined),
        { code: 'socket-in-use' },
      );
      await first.close();
      writeFileSync(socket, '');
      await (await serveLocal(socket, {}, () => undefined)).close();
    });
  });
});
