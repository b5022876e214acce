import { dirname, join } from 'node:path';
import { startFlowReader, type FlowReader } from '../../plugin/agent/flows/flow-reader.ts';
import { DEFAULT_CONFIG } from '../../plugin/config.ts';
import { silentLog } from '../../plugin/log.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import { converseWithProcess } from '../../plugin/process/converse.ts';

const FILE = join(dirname(dirname(import.meta.dirname)), 'dist', 'swarmwall-flow-reader');

/** The real reader at one namespace, begun; what it says is read and goes nowhere. */
export function readNowhere(path: string): Promise<FlowReader> {
  return new Promise((resolve) => {
    const reader = startFlowReader({
      ...{ file: FILE, converse: converseWithProcess, clock: systemClock, log: silentLog() },
      version: DEFAULT_CONFIG.version,
      onProblem: () => undefined,
      onLine: ({ kind }) => {
        if (kind === 'open') resolve(reader);
      },
    });
    reader.watch(path);
  });
}
