import assert from 'node:assert/strict';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { Cell } from '../lab/demo/cell.ts';
import { deployFlat } from '../lab/demo/deploy-flat.ts';
import { deployRules } from '../lab/demo/enforce.ts';
import { expectByPolicy } from '../lab/demo/expect-by-policy.ts';
import { allPaths, probePaths, type Expect } from '../lab/demo/probe-matrix.ts';
import { readStacks } from '../lab/demo/voting-stacks.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents } from './agents.ts';

const silent = (): void => undefined;

describe("audit of the demo's stacks, and then enforcement", () => {
  const stacks = readStacks();
  const services = stacks.flatMap((stack) => stack.services);
  let lab: Lab;
  let agents: Agents;
  /** Logs outlive their agents, and other tests were here before. */
  let since: string;

  before(async () => {
    lab = await sharedLab();
    since = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
    await deployFlat(lab, stacks, silent);
    agents = new Agents(lab);
    await agents.start();
    await setMode('audit');
    await deployRules(lab, stacks, silent);
    await agents.settled();
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  const setMode = (mode: string) =>
    lab.manager.run('swarmwall', ['mode', 'set', mode, '--cluster', '--timeout', '2m']);

  /** What runs among the services; the world is DOCKER-USER's, which tells of no flows. */
  async function probe(expect: Expect): Promise<readonly Cell[]> {
    const tasks = await waitRunning(
      lab,
      services.map(({ swarmName }) => swarmName),
    );
    const paths = allPaths(lab, services, tasks, new Map()).filter(({ from }) => from !== 'outside');
    return probePaths(paths, expect, silent);
  }

  async function observed(verdict: string): Promise<readonly string[]> {
    const argv = ['observe', '--json', '--limit', '50000', '--since', since, '--verdict', verdict];
    const { stdout } = await lab.manager.run('swarmwall', argv);
    const flows = (JSON.parse(stdout) as FlowRecord[]).map(
      ({ source, destination, port, protocol }) =>
        `${source.service ?? source.address} → ${destination.service ?? destination.address}:${String(port)}/${protocol}`,
    );
    return [...new Set(flows)].sort();
  }

  const denied = (cells: readonly Cell[]): readonly string[] =>
    [
      ...new Set(
        cells
          .filter((cell) => cell.observed === 'denied')
          .map(({ from, to, port, protocol }) => `${from} → ${to}:${String(port)}/${protocol}`),
      ),
    ].sort();

  it('drops nothing in audit, and would deny exactly what enforcement denies then', async () => {
    assert.deepEqual(denied(await probe(() => 'allowed')), []);
    for (const { hostname, health } of (await agents.controller()).nodes)
      for (const { name, denied: dropped } of health?.programs ?? [])
        assert.equal(dropped, 0, `${hostname} ${name}`);
    assert.deepEqual(await observed('denied'), []);

    await setMode('unset');
    await agents.settled();
    const policy = expectByPolicy(
      stacks,
      lab.nodes.map((node) => node.address),
      lab.outside.addresses[0]!,
    );
    const cells = await probe(policy);
    for (const cell of cells) assert.equal(cell.observed, cell.expected, JSON.stringify(cell));
    const enforced = denied(cells);
    assert.ok(enforced.length > 20);
    await eventually(async () => {
      assert.deepEqual(await observed('would-deny'), enforced);
      assert.deepEqual(await observed('denied'), enforced);
    }, 30_000);
  });
});
