import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { runProcess } from '../../../plugin/process/run.ts';

describe('a command that only waits', () => {
  it('holds the process until its time has come', async () => {
    const script = `
      import { createWorld } from './plugin/cli/world.ts';
      import { DEFAULT_CONFIG } from './plugin/config.ts';
      createWorld({}, DEFAULT_CONFIG).clock.after(50, () => console.log('done'));`;
    const argv = ['--import', 'tsx', '--input-type=module', '--eval', script];
    assert.equal((await runProcess(process.execPath, argv)).stdout, 'done\n');
  });
});
