import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../../../../plugin/docker/dockerode-engine.ts';
import { OWN_CALL_HEADER, isOwnCall, newOwnCallSecret } from '../../../../plugin/docker/own-calls.ts';
import { FakeClock } from '../fake-clock.ts';

describe('own calls', () => {
  it('are told by the whole secret only, and each start has another', () => {
    const secret = newOwnCallSecret();
    assert.ok(isOwnCall(secret, secret));
    for (const given of [undefined, '', secret.slice(1), `${secret}0`, newOwnCallSecret()])
      assert.ok(!isOwnCall(given, secret), String(given));
  });

  it('carry the secret in a header when there is one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmwall-own-'));
    const socket = join(folder, 'docker.sock');
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers[OWN_CALL_HEADER.toLowerCase()]);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await new Promise<void>((resolve) => void server.listen(socket, resolve));
    try {
      await connectEngine(socket, new FakeClock(), 'abc').info();
      await connectEngine(socket, new FakeClock()).info();
      assert.deepEqual(seen, ['abc', undefined]);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
