import assert from 'node:assert/strict';
import type { FlowRecord, FlowVerdict } from '../../rules/flows/flow-record.ts';
import type { Cell } from '../lab/demo/cell.ts';
import { deployFlat, stagedPath } from '../lab/demo/deploy-flat.ts';
import { deployRules } from '../lab/demo/enforce.ts';
import { expectByPolicy } from '../lab/demo/expect-by-policy.ts';
import { allPaths, probePaths, type Expect, type Path } from '../lab/demo/probe-matrix.ts';
import { judgeOf, readStacks } from '../lab/demo/voting-stacks.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents } from './agents.ts';
import { mistold, type Rulebook } from './told-verdicts.ts';
import { writtenRules } from './written-rules.ts';

const silent = (): void => undefined;

describe("audit of the demo's stacks, and then enforcement", () => {
  const stacks = readStacks();
  const services = stacks.flatMap((stack) => stack.services);
  let lab: Lab;
  let agents: Agents;
  /** Logs outlive their agents, and other tests were here before. */
  let since: string;
  let paths: readonly Path[];
  let policy: Expect;
  let book: Rulebook;

  before(async () => {
    lab = await sharedLab();
    since = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
    await deployFlat(lab, stacks, silent);
    agents = new Agents(lab);
    await agents.start();
    await setMode('audit');
    await deployRules(lab, stacks, silent);
    await agents.settled();
    const tasks = await waitRunning(
      lab,
      services.map(({ swarmName }) => swarmName),
    );
    paths = allPaths(lab, services, tasks, new Map());
    policy = expectByPolicy(
      stacks,
      lab.nodes.map((node) => node.address),
      lab.outside.addresses[0]!,
    );
    book = {
      judge: judgeOf(stacks, []).judge,
      files: new Map(
        stacks.map((stack) => {
          const path = stagedPath(stack, 'flat');
          return [stack.name, { path, rules: writtenRules(lab.manager.pathHere(path)) }];
        }),
      ),
    };
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  const setMode = (mode: string) =>
    lab.manager.run('swarmwall', ['mode', 'set', mode, '--cluster', '--timeout', '2m']);

  async function observed(verdict: FlowVerdict): Promise<readonly FlowRecord[]> {
    const argv = ['observe', '--json', '--limit', '50000', '--since', since, '--verdict', verdict];
    return JSON.parse((await lab.manager.run('swarmwall', argv)).stdout) as FlowRecord[];
  }

  const named = (flows: readonly FlowRecord[]): readonly string[] =>
    sorted(
      flows.map(
        ({ source, destination, port, protocol }) =>
          `${source.service ?? source.kind} → ${destination.service ?? destination.kind}:${String(port)}/${protocol}`,
      ),
    );

  const denied = (cells: readonly Cell[]): readonly string[] =>
    sorted(
      cells.flatMap(({ observed: outcome, from, to, protocol }, at) =>
        outcome === 'denied'
          ? `${from === 'outside' ? 'world' : from} → ${to}:${String(paths[at]!.targetPort)}/${protocol}`
          : [],
      ),
    );

  /** Each path's verdict is told by the nodes that judge it, with the rule that decided. */
  async function tellsEach(refused: FlowVerdict): Promise<void> {
    await eventually(async () => {
      const flows = [...(await observed('allowed')), ...(await observed(refused))];
      const wrong = paths.flatMap((path) =>
        mistold(path, policy(path) === 'allowed' ? 'allowed' : refused, flows, book),
      );
      assert.deepEqual(wrong, []);
    }, 30_000);
  }

  it('drops nothing in audit, would deny exactly what enforcement denies then, and tells each verdict and its rule', async () => {
    assert.deepEqual(denied(await probePaths(paths, () => 'allowed', { done: silent })), []);
    for (const { hostname, health } of (await agents.controller()).nodes)
      for (const { name, denied: dropped } of health?.programs ?? [])
        assert.equal(dropped, 0, `${hostname} ${name}`);
    assert.deepEqual(await observed('denied'), []);
    await tellsEach('would-deny');

    await setMode('unset');
    await agents.settled();
    const cells = await probePaths(paths, policy, { done: silent });
    for (const cell of cells) assert.equal(cell.observed, cell.expected, JSON.stringify(cell));
    const enforced = denied(cells);
    assert.ok(enforced.length > 20);
    await tellsEach('denied');
    assert.deepEqual(named(await observed('would-deny')), enforced);
    assert.deepEqual(named(await observed('denied')), enforced);
  });
});

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
