import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { manyManifests, type ManifestShape, manyProbes } from './manifests.ts';

export interface ConnectivityReport {
  readonly workloads: number;
  readonly policies: number;
  /** Reading included, as a command of its own: `connectivity --k8s … --json`. */
  readonly wholeMs: number;
  readonly wholeRssMiB: number;
  readonly connections: number;
  readonly probes: number;
  readonly probesMs: number;
  readonly probesRssMiB: number;
}

const SHAPE: ManifestShape = { workloads: 1_000, policies: 1_000 };
const PROBES = 100_000;
const RUNS = 3;

/** The best of three runs of the built command: other work on the machine only adds. */
export async function benchConnectivity(): Promise<ConnectivityReport> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmwall-bench-'));
  try {
    const [manifests, probes] = [join(folder, 'many.yaml'), join(folder, 'probes.json')];
    await writeFile(manifests, manyManifests(SHAPE).text);
    await writeFile(probes, JSON.stringify(manyProbes(SHAPE, PROBES)));
    const whole = await best(['connectivity', '--k8s', manifests, '--json']);
    const answered = await best(['connectivity', '--k8s', manifests, '--probes', probes, '--json']);
    return {
      ...SHAPE,
      ...{ wholeMs: whole.ms, wholeRssMiB: whole.rssMiB, connections: whole.lines('"from"') },
      ...{ probes: answered.lines('"src"'), probesMs: answered.ms, probesRssMiB: answered.rssMiB },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly ms: number;
  readonly rssMiB: number;
  /** Of the output, those with this word. */
  lines(word: string): number;
}

async function best(argv: readonly string[]): Promise<Measured> {
  let quickest: Measured | undefined;
  for (let run = 0; run < RUNS; run++) {
    const measured = await measure(argv);
    if (!quickest || measured.ms < quickest.ms) quickest = measured;
  }
  if (!quickest) throw new Error('nothing was measured');
  return quickest;
}

async function measure(argv: readonly string[]): Promise<Measured> {
  const began = performance.now();
  const found = await execa(
    process.execPath,
    ['--import', './bench/peak-memory.mjs', 'dist/swarmwall.cjs', ...argv],
    { encoding: 'buffer', maxBuffer: 2 ** 30 },
  );
  const ms = Math.round(performance.now() - began);
  const output = Buffer.from(found.stdout);
  const peak = Buffer.from(found.stderr).toString().trim().split('\n').at(-1);
  return { ms, rssMiB: Math.round(Number(peak) / 1024), lines: (word) => count(output, word) };
}

function count(output: Buffer, word: string): number {
  let [found, at] = [0, output.indexOf(word)];
  for (; at !== -1; at = output.indexOf(word, at + 1)) found++;
  return found;
}
