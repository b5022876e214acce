import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateFile } from '../../../../plugin/agent/state-file.ts';

const STATE = { policy: undefined, numbering: {}, driftRepaired: 3 };

describe("the agent's state", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-state-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is none at first, then what was written last, for root only, with nothing beside it', async () => {
    const file = stateFile(join(folder, 'deeper'));
    assert.equal(await file.read(), undefined);
    await file.write(STATE);
    await file.write({ ...STATE, driftRepaired: 4 });
    assert.equal((await file.read())?.driftRepaired, 4);
    assert.deepEqual(readdirSync(join(folder, 'deeper')), ['agent-state.json']);
    assert.equal(statSync(join(folder, 'deeper', 'agent-state.json')).mode & 0o777, 0o600);
    await file.remove();
    assert.equal(await file.read(), undefined);
  });

  it('is gone when a newer one could not be written: the kernel has what is newer', async () => {
    const file = stateFile(folder);
    await file.write(STATE);
    mkdirSync(join(folder, 'agent-state.json.next'));
    await assert.rejects(file.write({ ...STATE, driftRepaired: 4 }), { code: 'state-unwritable' });
    assert.deepEqual(readdirSync(folder), []);
    await file.write({ ...STATE, driftRepaired: 5 });
    assert.equal((await file.read())?.driftRepaired, 5);
  });

  it('is refused when it is damaged or of another version', async () => {
    for (const text of ['{"version":1', '{"version":99}', '']) {
      writeFileSync(join(folder, 'agent-state.json'), text);
      await assert.rejects(stateFile(folder).read(), { code: 'state-unreadable' });
    }
  });
});
