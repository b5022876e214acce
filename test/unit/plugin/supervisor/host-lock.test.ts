import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { hostLock } from '../../../../plugin/supervisor/host-lock.ts';

describe('the lock of iptables-legacy', () => {
  it("is the node's where the plugin can see the node's /run, else the program's own", async () => {
    assert.deepEqual(await hostLock(tmpdir()), { XTABLES_LOCKFILE: `${tmpdir()}/xtables.lock` });
    assert.deepEqual(await hostLock('/nowhere/run'), {});
  });
});
