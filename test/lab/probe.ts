import { cTool } from './c-tool.ts';
import { FULL_KERNEL } from './full-kernel.ts';
import type { LabNode } from './node.ts';
import type { OutsideHost } from './outside.ts';
import type { RunOptions, RunResult } from './process.ts';

export interface ProbeTarget {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Source address to bind to. */
  readonly source?: string;
}

export interface ProbeAnswer {
  readonly observed: 'allowed' | 'denied';
  /** Host name of the container that answered: the first 12 characters of its id. */
  readonly by?: string;
}

/** Runs the image's `probe` somewhere. */
export type Prober = (seconds: string, options: RunOptions) => Promise<RunResult>;

export const fromContainer =
  (node: LabNode, container: string): Prober =>
  (seconds, options) =>
    node.docker(['exec', '--interactive', container, 'probe', seconds], options);

export const fromOutside =
  (outside: OutsideHost): Prober =>
  async (seconds, options) =>
    outside.run(await cTool('probe'), [seconds], options);

/**
 * Real packets to every target, all at once; answers in the targets' order. A target that a listener did not
 * answer within `seconds` is denied.
 */
export async function probeAll(
  from: Prober,
  targets: readonly ProbeTarget[],
  seconds = FULL_KERNEL ? 4 : 1.5,
): Promise<readonly ProbeAnswer[]> {
  if (targets.length === 0) return [];
  const lines = targets.map(
    ({ protocol, address, port, source }, id) => `${id} ${protocol} ${address} ${port} ${source ?? ''}\n`,
  );
  const { stdout } = await from(String(seconds), { input: lines.join(''), timeout: 60_000 });
  const answers = new Map<number, ProbeAnswer>();
  for (const line of stdout.split('\n')) {
    const [id, observed, by] = line.split(' ');
    if (observed === 'allowed') answers.set(Number(id), { observed, ...(by === undefined ? {} : { by }) });
    if (observed === 'denied') answers.set(Number(id), { observed });
  }
  return targets.map((target, id) => {
    const answer = answers.get(id);
    // Silence of the prober itself proves nothing about the network.
    if (answer === undefined) throw new Error(`No result of the probe to ${target.address}:${target.port}.`);
    return answer;
  });
}

export async function probe(from: Prober, target: ProbeTarget, seconds?: number): Promise<ProbeAnswer> {
  return (await probeAll(from, [target], seconds))[0]!;
}
