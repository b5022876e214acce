import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaseFile } from '../../../../../plugin/agent/dns/lease-file.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import { FakeClock } from '../../fake-clock.ts';

describe("the names' leases on disk", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-leases-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('end when they would have without a restart, whatever the new process counts from', async () => {
    const before = new FakeClock();
    const lease = { service: 'app/web', name: 'api.example.com', address: '203.0.113.1' };
    await leaseFile(folder, before, silentLog()).write([{ ...lease, until: before.elapsed() + 60_000 }]);
    const after = new FakeClock();
    // The process is younger by what the time is later.
    await after.pass(20_000);
    const [read, ...others] = await leaseFile(folder, after, silentLog()).read();
    assert.deepEqual(others, []);
    assert.deepEqual(read, { ...lease, until: after.elapsed() + 40_000 });
  });

  it('are those of the time that the node says it is', async () => {
    const clock = new FakeClock();
    const lease = { service: 'app/web', name: 'api.example.com', address: '203.0.113.1' };
    await leaseFile(folder, clock, silentLog()).write([{ ...lease, until: clock.elapsed() + 60_000 }]);
    clock.set(50_000);
    const [read] = await leaseFile(folder, clock, silentLog()).read();
    assert.equal(read?.until, clock.elapsed() + 10_000);
  });
});
