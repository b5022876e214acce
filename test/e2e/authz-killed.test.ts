import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineCalls } from '../fuzz/engine-calls.ts';
import { AuthzPlugin } from '../lab/authz-plugin.ts';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { ALLOWED, callStream, FORBIDDEN } from './authz-calls.ts';

const KILLS = 100;

describe('an authorization plugin that is killed again and again', () => {
  let lab: Lab;
  let plugin: AuthzPlugin;

  before(async () => {
    lab = await createLab({ prefix: `killed-${process.pid}`, nodes: 1 });
    plugin = new AuthzPlugin(lab.manager);
    await plugin.start();
    await plugin.enable();
  });
  after(() => lab.destroy());

  it(`lets no forbidden call pass and loses no allowed one once it is back, ${KILLS} times`, async () => {
    const { socketPath } = lab.manager;
    const stream = callStream(socketPath, 6);
    const { tally } = stream;
    const api = engineCalls(socketPath);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { allowed, forbidden } = tally;
      await eventually(() => tally.allowed > allowed && tally.forbidden > forbidden, 60_000, 5);
      // In the midst of calls, at no particular moment.
      await sleep((kill * 37) % 120);
      await plugin.stop('SIGKILL');
      await sleep((kill * 53) % 60);
      await plugin.start();
      for (let call = 0; call < 3; call += 1) {
        const { status, body } = await api.call(ALLOWED);
        assert.equal(status, 200, `kill ${kill}: ${JSON.stringify(body)}`);
        assert.equal((await api.call(FORBIDDEN)).status, 403, `kill ${kill}`);
      }
    }
    await stream.stop();
    api.close();
    assert.ok(tally.forbidden >= KILLS && tally.allowed >= KILLS);
    assert.equal(tally.passed, 0);
    const made = await lab.manager.docker(['ps', '--all', '--quiet', '--filter', 'label=forbidden']);
    assert.equal(made.stdout, '');
  });
});
