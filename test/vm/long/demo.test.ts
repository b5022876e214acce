import assert from 'node:assert/strict';
import { execa } from 'execa';
import { BALANCED } from '../../lab/demo/probe-matrix.ts';
import type { Cell } from '../../lab/demo/cell.ts';

interface DemoResult {
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
  readonly leaked: number;
  readonly broken: number;
}

describe('the demo on a full kernel, in a virtual machine', function () {
  this.timeout(21 * 60_000);

  it('finds every cell as the policy says, by virtual IP and through the routing mesh too', async () => {
    const argv = ['--import', 'tsx', 'test/lab/demo/main.ts', '--flat', '--json'];
    const done = await execa('node', argv, { reject: false, env: { LAB: 'vm' } });
    assert.equal(done.exitCode, 0, done.stderr);
    const { before, after, leaked, broken } = JSON.parse(done.stdout) as DemoResult;
    assert.deepEqual({ leaked, broken }, { leaked: 0, broken: 0 });
    assert.ok(before.every(({ observed }) => observed === 'allowed'));
    for (const observed of ['allowed', 'denied'])
      for (const [what, there] of [
        ['by virtual IP', ({ toNode }: Cell) => toNode === BALANCED],
        ['through the mesh', ({ from }: Cell) => from === 'outside'],
      ] as const)
        assert.ok(
          after.some((cell) => cell.observed === observed && there(cell)),
          `${observed} ${what}`,
        );
  });
});
