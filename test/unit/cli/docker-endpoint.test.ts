import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { dockerEndpoint } from '../../../plugin/deploy/docker-endpoint.ts';
import { inFolder } from './fake-io.ts';

const SOCKET = '/var/run/docker.sock';

describe('the engine that deploy talks to', () => {
  it("is found in docker's own order", () =>
    inFolder({ 'config.json': JSON.stringify({ currentContext: 'prod' }) }, async (folder) => {
      const id = createHash('sha256').update('prod').digest('hex');
      await mkdir(join(folder, 'contexts', 'meta', id), { recursive: true });
      const meta = { Endpoints: { docker: { Host: 'tcp://manager:2376' } } };
      await writeFile(join(folder, 'contexts', 'meta', id, 'meta.json'), JSON.stringify(meta));
      const env = { DOCKER_CONFIG: folder };
      const found = (more: Record<string, string>) => dockerEndpoint({ ...env, ...more }, SOCKET);
      assert.equal((found({}) as { url: URL }).url.host, 'manager:2376');
      assert.deepEqual(found({ DOCKER_CONTEXT: 'default' }), { kind: 'socket', path: SOCKET });
      assert.deepEqual(found({ DOCKER_HOST: 'unix:///d.sock' }), { kind: 'socket', path: '/d.sock' });
      assert.deepEqual(found({ SWARMWALL_DOCKER_SOCKET: '/s.sock' }), { kind: 'socket', path: '/s.sock' });
      const secure = found({ DOCKER_HOST: 'tcp://h:1', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/c' });
      assert.equal(secure.kind === 'host' && secure.certificates?.ca, '/c/ca.pem');
      assert.throws(() => found({ DOCKER_CONTEXT: 'none' }), { code: 'docker-unavailable' });
      assert.throws(() => found({ DOCKER_HOST: 'gopher://x' }), { code: 'docker-unavailable' });
    }));

  it('is the local one when nothing is said', () =>
    inFolder({}, (folder) => {
      assert.deepEqual(dockerEndpoint({ DOCKER_CONFIG: folder }, SOCKET), { kind: 'socket', path: SOCKET });
      return Promise.resolve();
    }));
});
