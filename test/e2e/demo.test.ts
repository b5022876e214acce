import assert from 'node:assert/strict';
import { execa } from 'execa';
import type { Cell } from '../lab/demo/cell.ts';

interface DemoResult {
  readonly engine: string;
  readonly nodes: readonly string[];
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
  readonly mismatches: number;
  readonly leaked: number;
  readonly broken: number;
  readonly seconds: number;
}

const pathOf = ({ from, fromNode, to, toNode, port, protocol }: Cell): string =>
  `${from}@${fromNode} ${to}@${toNode}:${port}/${protocol}`;

async function play(options: readonly string[], engine?: string): Promise<DemoResult> {
  const argv = ['--import', 'tsx', 'test/lab/demo/main.ts', '--json', ...options];
  const env = engine === undefined ? {} : { LAB_ENGINE: engine };
  const done = await execa('node', argv, { reject: false, env });
  assert.equal(done.exitCode, 0, done.stderr);
  return JSON.parse(done.stdout) as DemoResult;
}

describe('the demo', () => {
  let result: DemoResult;

  before(async () => {
    result = await play([]);
  });

  it('shows the flat network to be flat', () => {
    assert.deepEqual([...new Set(result.before.map(({ observed }) => observed))], ['allowed']);
    assert.deepEqual(result.before.map(pathOf), result.after.map(pathOf));
  });

  it('finds every cell as the policy says', () => {
    const { mismatches, leaked, broken } = result;
    assert.deepEqual({ mismatches, leaked, broken }, { mismatches: 0, leaked: 0, broken: 0 });
    for (const cell of result.after) assert.equal(cell.observed, cell.expected, pathOf(cell));
  });

  it('has every kind of path: allowed and denied, on one node and across two, TCP and UDP, and from outside', () => {
    assert.equal(result.nodes.length, 2);
    for (const observed of ['allowed', 'denied'])
      for (const protocol of ['tcp', 'udp'])
        for (const across of [false, true]) {
          const cells = result.after.filter(
            (cell) =>
              cell.from !== 'outside' &&
              cell.observed === observed &&
              cell.protocol === protocol &&
              (cell.fromNode !== cell.toNode) === across,
          );
          assert.ok(cells.length > 0, `${observed} ${protocol} ${across ? 'across' : 'on one node'}`);
        }
    assert.ok(result.after.some(({ from, observed }) => from === 'outside' && observed === 'denied'));
    assert.ok(result.after.some(({ from, observed }) => from === 'outside' && observed === 'allowed'));
  });

  it('lets nobody but its own peers at the database', () => {
    const open = result.after.filter(({ to, observed }) => to === 'voting/db' && observed === 'allowed');
    assert.deepEqual([...new Set(open.map(({ from }) => from))].sort(), ['voting/api', 'voting/worker']);
  });
});

describe('the demo with the managed plugin instead of bare processes', () => {
  for (const engine of ['20.10', '26.1', '28.5'])
    it(`finds every cell as the policy says on engine ${engine}`, async () => {
      const { mismatches, leaked, broken, before, after, engine: played } = await play(['--plugin'], engine);
      assert.equal(played, engine);
      assert.deepEqual({ mismatches, leaked, broken }, { mismatches: 0, leaked: 0, broken: 0 });
      assert.ok(before.every(({ observed }) => observed === 'allowed'));
      assert.ok(after.some(({ observed }) => observed === 'denied'));
    });
});
