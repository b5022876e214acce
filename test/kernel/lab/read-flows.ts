import { dirname, join } from 'node:path';
import { startFlowReader, type FlowReader } from '../../../plugin/agent/flows/flow-reader.ts';
import type { ReaderLine, SeenFlow } from '../../../plugin/agent/flows/reader-line.ts';
import { DEFAULT_CONFIG } from '../../../plugin/config.ts';
import { createLog } from '../../../plugin/log.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import { converseWithProcess } from '../../../plugin/process/converse.ts';
import type { LogPlace } from '../../../rules/flows/log-groups.ts';
import { eventually } from '../../lab/eventually.ts';

const FILE = join(dirname(dirname(dirname(import.meta.dirname))), 'dist', 'swarmwall-flow-reader');

/** The real reader, watching one namespace. */
export interface ReadFlows {
  readonly lines: readonly ReaderLine[];
  /** Summed up: `allowed leaves 10.88.0.2 → 10.88.0.6 6/80`, as often as it was seen. */
  seen(): Readonly<Record<string, number>>;
  ended(): readonly SeenFlow[];
  /** Judged packets of a verdict that were read, and those that were not. */
  count(verdict: SeenFlow['verdict']): { readonly read: number; readonly lost: number };
  /** All that the kernel has logged by now is in lines. */
  settled(): Promise<void>;
  stop(): void;
}

export async function readFlows(namespace: string, place?: LogPlace): Promise<ReadFlows> {
  const lines: ReaderLine[] = [];
  const reader: FlowReader = startFlowReader({
    file: FILE,
    converse: converseWithProcess,
    clock: systemClock,
    log: createLog(),
    version: DEFAULT_CONFIG.version,
    onLine: (line) => lines.push(line),
    onProblem: () => {
      throw new Error(reader.problem);
    },
  });
  reader.watch(`/run/netns/${namespace}`, place);
  await eventually(() => lines.some(({ kind }) => kind === 'open'), 20_000, 5);
  const of = (kind: SeenFlow['kind']) =>
    lines.filter((line): line is SeenFlow => line.kind === kind && kind === line.kind);
  return {
    lines,
    seen: () => {
      const seen: Record<string, number> = {};
      for (const { verdict, way, source, destination, protocol, port, count } of of('flow')) {
        const flow = `${verdict} ${way} ${source} → ${destination} ${protocol}/${port}`;
        seen[flow] = (seen[flow] ?? 0) + count;
      }
      return seen;
    },
    ended: () => of('end'),
    count: (verdict) => {
      let [read, lost] = [0, 0];
      for (const line of lines)
        if (line.kind === 'flow' && line.verdict === verdict) read += line.count;
        else if ((line.kind === 'unread' || line.kind === 'crowded') && line.verdict === verdict)
          lost += line.count;
      return { read, lost };
    },
    settled: async () => {
      let question = reader.sync();
      await eventually(
        () => {
          // One that has ended answers nothing.
          if (question === undefined) question = reader.sync();
          return lines.some((line) => line.kind === 'synced' && line.question === question);
        },
        20_000,
        5,
      );
    },
    stop: () => {
      reader.stop();
    },
  };
}
