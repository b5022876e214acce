import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  it('is refused when it is damaged or of another version', async () => {
    for (const text of ['{"version":1', '{"version":99}', '']) {
      writeFileSync(join(folder, 'agent-state.json'), text);
      await assert.rejects(stateFile(folder).read(), { code: 'state-unreadable' });
    }
  });
});
