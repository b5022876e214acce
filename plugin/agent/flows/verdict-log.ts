import { join } from 'node:path';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { auditFile } from '../../authz/audit-file.ts';
import { lineQueue } from '../../authz/line-queue.ts';
import { openSyslog } from '../../authz/open-syslog.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import { readLog } from './read-log.ts';

export interface VerdictLog {
  write(records: readonly FlowRecord[]): void;
  /** What was written before the call is there. */
  read(query: FlowQuery): AsyncIterable<FlowRecord>;
  /** Records that the disk did not take. */
  readonly unwritten: number;
  close(): Promise<void>;
}

export const LOG_NAME = 'flows';
const DAY = 86_400_000;
const MEGABYTE = 1024 * 1024;
/** Sixteen files at the least, so that to make room costs little of what is kept. */
const FILES = 16;
/** Of lines that wait for a slow disk. */
const MOST_WAITING = 16 * MEGABYTE;

/** `flows/flows.jsonl` and what was closed before it, under the folder that survives restarts; and syslog where it is asked for. */
export function openVerdictLog(config: Config, clock: Clock, log: Log): VerdictLog {
  const folder = join(config.authzDir, LOG_NAME);
  const totalBytes = config.flowMegabytes * MEGABYTE;
  const file = auditFile({
    ...{ folder, name: LOG_NAME, totalBytes, clock, log },
    fileBytes: Math.min(64 * MEGABYTE, totalBytes / FILES),
    fileAge: DAY,
    keepFor: config.flowDays * DAY,
  });
  const remote = openSyslog(
    { address: config.flowSyslog, setting: 'SWARMWALL_FLOW_SYSLOG', tag: 'swarmwall-flows' },
    clock,
    log,
  );
  const queue = (write: (text: string) => Promise<void>) =>
    lineQueue({
      ...{ write, mostBytes: MOST_WAITING, clock, log, name: 'verdict' },
      // Its files hold records and nothing else: the agent's log and `unwritten` tell of the others.
      lostLine: () => '',
    });
  const files = queue((text) => file.append(text));
  const messages = remote && queue((text) => remote.write(text));
  return {
    write: (records) => {
      for (const record of records) {
        const line = `${JSON.stringify(record)}\n`;
        files.push(line);
        messages?.push(line);
      }
    },
    async *read(query) {
      await files.settled();
      yield* readLog(folder, LOG_NAME, query);
    },
    get unwritten() {
      return files.lost;
    },
    close: async () => {
      await Promise.all([files.settled(), messages?.settled()]);
      await file.close();
      remote?.close();
    },
  };
}
