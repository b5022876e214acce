import assert from 'node:assert/strict';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { createLab, type Lab } from '../lab/lab.ts';

const BODIES = 600;

describe('bodies that can be read in two ways', () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ prefix: `fuzz-${process.pid}`, nodes: 1 });
    await lab.swarm();
  });
  after(() => lab.destroy());

  it('are refused, or read as the engine reads them', async () => {
    const { made, madeAndPassed, escapes } = await runFuzz({
      socketPath: lab.manager.socketPath,
      bodies: BODIES,
      seed: 7,
    });
    assert.deepEqual(escapes, []);
    // Else the test would show nothing.
    assert.ok(made > BODIES / 5 && madeAndPassed > BODIES / 10, `${made} made, ${madeAndPassed} passed`);
  });

  it('are misread by whoever reads them as JavaScript does', async () => {
    const naive = (call: EngineCall) => {
      try {
        return JSON.parse(Buffer.from(call.body ?? '').toString()) as Record<string, never>;
      } catch {
        return undefined;
      }
    };
    const { escapes } = await runFuzz({
      socketPath: lab.manager.socketPath,
      bodies: BODIES,
      seed: 7,
      read: naive,
    });
    assert.ok(escapes.length > 10, `${escapes.length} escapes`);
  });
});
