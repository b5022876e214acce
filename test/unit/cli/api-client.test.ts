import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createApiClient } from '../../../plugin/cli/api-client.ts';
import { DEFAULT_CONFIG } from '../../../plugin/config.ts';
import { inFolder } from './fake-io.ts';

describe('the client of the local API', () => {
  it('answers with JSON, with nothing when nobody serves, and with one clear failure else', () =>
    inFolder({}, async (socketDir) => {
      const getApi = createApiClient({ ...DEFAULT_CONFIG, socketDir });
      assert.equal(await getApi('agent', '/v1/status'), undefined);
      const server = createServer((request, response) => {
        response.statusCode = request.url === '/v1/status' ? 200 : 500;
        response.end(request.url === '/v1/broken' ? '{' : '{"role":"agent"}');
      });
      await new Promise<void>((resolve) => void server.listen(join(socketDir, 'agent.sock'), resolve));
      try {
        assert.deepEqual(await getApi('agent', '/v1/status'), { role: 'agent' });
        await assert.rejects(getApi('agent', '/v1/other'), {
          code: 'api-failed',
          message: /agent\.sock: HTTP 500/u,
        });
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
      assert.equal(await getApi('agent', '/v1/status'), undefined);
    }));
});
