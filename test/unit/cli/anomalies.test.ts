import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AnomalyLine } from '../../../plugin/api/types.ts';
import type { Anomaly } from '../../../rules/anomalies/anomaly.ts';
import { cli, type RunOptions } from './fake-io.ts';
import { clock, NOW } from './status-answers.ts';

const SCAN: Anomaly = {
  ...{ kind: 'horizontal-scan', at: NOW - 2_000, nodes: ['n1', 'n2'] },
  summary: 'attacker/attacker tried 5 destinations within 10 s that refused it or were new to it',
  source: { kind: 'service', name: 'attacker/attacker', addresses: ['10.0.1.66'] },
  evidence: {
    ...{ count: 5, threshold: 5, unit: 'destinations', windowSeconds: 10, first: NOW - 4_000 },
    ...{ last: NOW - 2_000, samples: ['denied → voting/db:5432/tcp'] },
  },
};
const SILENT: Anomaly = {
  ...{
    kind: 'silent-node',
    at: NOW - 1_000,
    nodes: ['n2'],
    summary: 'n2 is up, and its agent has been silent for 31 s',
  },
  source: { kind: 'node', name: 'n2', addresses: ['198.51.100.2'] },
  evidence: { ...SCAN.evidence, unit: 'seconds' },
};

function anomalies(
  lines: readonly AnomalyLine[],
  argv: readonly string[] = [],
  options: RunOptions & { readonly ends?: boolean } = {},
) {
  const asked: string[] = [];
  const readLines = (role: string, path: string, signal: AbortSignal) => {
    asked.push(`${role} ${path}`);
    return Promise.resolve(told(lines, options.ends === true ? signal : undefined));
  };
  let end: () => void = () => undefined;
  const askedToEnd = () => new Promise<void>((resolve) => (end = resolve));
  async function* told(all: readonly AnomalyLine[], until?: AbortSignal): AsyncGenerator<AnomalyLine> {
    yield* all;
    if (until === undefined) return;
    const aborted = new Promise((resolve) => {
      until.addEventListener('abort', resolve);
    });
    end();
    await aborted;
  }
  const world = { clock, readLines, askedToEnd };
  return cli(['anomalies', ...argv], { ...options, world }).then((ran) => ({ ...ran, asked }));
}

describe('swarmwall anomalies', () => {
  it('shows those of the last day, with what was seen', async () => {
    const { exitCode, stdout, asked } = await anomalies([SCAN, SILENT]);
    const [head = '', scan = '', silent = '', ...rest] = stdout.split('\n');
    assert.match(head, /^TIME +KIND +SOURCE +NODES +WHAT$/u);
    assert.match(
      scan,
      /^\d\d:\d\d:\d\d\.\d{3} {2}horizontal-scan {2}attacker\/attacker {2}n1,n2 {2}attacker\/attacker tried 5 destinations within 10 s/u,
    );
    assert.match(silent, / silent-node +n2 +n2 +n2 is up/u);
    assert.deepEqual([exitCode, rest], [0, ['']]);
    assert.deepEqual(asked, [`controller /v1/anomalies?since=${NOW - 86_400_000}`]);
    assert.equal((await anomalies([])).stdout, 'nothing out of the ordinary\n');
  });

  it('prints the whole of each as JSON, by kind', async () => {
    const all = await anomalies([SCAN, SILENT], ['--json', '--since', '15m']);
    assert.deepEqual(all.json(), [SCAN, SILENT]);
    assert.deepEqual(all.asked, [`controller /v1/anomalies?since=${NOW - 900_000}`]);
    const some = await anomalies([SCAN, SILENT], ['--json', '--kind', 'silent-node,new-peer']);
    assert.deepEqual(some.json(), [SILENT]);
  });

  it('follows until it is asked to end, and says what it missed', async () => {
    const lines = [{ notice: 'lost', count: 3, message: '3 anomalies are not shown' } as const, SCAN];
    const ran = await anomalies(lines, ['--follow', '--json'], { ends: true });
    assert.deepEqual(ran.asked, ['controller /v1/anomalies?follow=1']);
    assert.deepEqual(ran.stdout, `${JSON.stringify(SCAN)}\n`);
    assert.match(ran.stderr, /3 anomalies are not shown/u);
    assert.equal(ran.exitCode, 0);
    const table = await anomalies([SCAN], ['--follow'], { ends: true });
    assert.match(table.stdout, /^TIME.*\n.* horizontal-scan /u);
    const broken = await anomalies([SCAN], ['--follow']);
    assert.equal(broken.exitCode, 2);
    assert.match(broken.stderr, /the controller ended/u);
  });

  it('shows hostile names as text', async () => {
    const name = 'a/\u001b[31mred\u202e\nline';
    const { stdout } = await anomalies([
      { ...SCAN, source: { ...SCAN.source, name }, summary: `${name} tried` },
    ]);
    assert.doesNotMatch(stdout, /[\u001b\u202e]/u);
    assert.equal(stdout.split('\n').length, 3);
  });

  it('names every mistake, and says where no controller is', async () => {
    const { exitCode, stderr, asked } = await anomalies([], ['--kind', 'scan,new-peer', '--since=soon']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /scan: a kind is one of horizontal-scan, .*; soon: a time is/u);
    assert.deepEqual(asked, []);
    const none = await cli(['anomalies'], {
      world: {
        clock,
        readLines: () => Promise.resolve(undefined),
        askedToEnd: () => new Promise(() => undefined),
      },
    });
    assert.match(none.stderr, /no controller runs on this node/u);
  });
});
