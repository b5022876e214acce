import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'mocha';

/** More than a pipe holds. */
const LENGTH = 3_000_000;
const PRINTS = `
  const { processIo } = await import('./plugin/cli/io.ts');
  const io = processIo({});
  for (let line = 0; line < ${LENGTH / 100}; line++) io.stdout.write('x'.repeat(99) + '\\n');
  process.exit(7);`;

const start = () =>
  spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PRINTS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

describe('the output of a command', () => {
  it('reaches a reader that is slower than it, before the command ends', async () => {
    const child = start();
    const ended = once(child, 'exit');
    let length = 0;
    for await (const part of child.stdout) length += (part as Buffer).length;
    assert.deepEqual([length, (await ended)[0]], [LENGTH, 7]);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = start();
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    assert.deepEqual((await once(child, 'exit'))[0], 0);
  });
});
