import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { auditFile } from './audit-file.ts';
import { createAuditLog } from './audit-log.ts';
import { lineQueue, type LineQueue } from './line-queue.ts';
import type { AuditLog } from './ports.ts';
import { openSyslog } from './open-syslog.ts';

const DAY = 86_400_000;
const MEGABYTE = 1024 * 1024;
/** Sixteen files at the least, so that to make room costs little of what is kept. */
const FILES = 16;
/** Of lines that wait for a slow disk. */
const MOST_WAITING = 16 * MEGABYTE;

export interface OpenAudit extends AuditLog {
  /** Writes what waits. */
  close(): Promise<void>;
}

/** The audit log of this node: files in `audit` of the authorization folder, and syslog where it is asked for. */
export function openAudit(config: Config, clock: Clock, log: Log): OpenAudit {
  const totalBytes = config.auditMegabytes * MEGABYTE;
  const file = auditFile({
    folder: join(config.authzDir, 'audit'),
    fileBytes: Math.min(64 * MEGABYTE, totalBytes / FILES),
    fileAge: DAY,
    keepFor: config.auditDays * DAY,
    totalBytes,
    clock,
    log,
  });
  const lostLine = (lost: number): string =>
    `${JSON.stringify({ time: clock.now(), stage: 'note', lost, what: 'lines could not be written' })}\n`;
  const queue = (write: (text: string) => Promise<void>): LineQueue =>
    lineQueue({ write, mostBytes: MOST_WAITING, clock, log, lostLine });
  const remote = openSyslog(
    { address: config.auditSyslog, setting: 'SWARMWALL_AUDIT_SYSLOG', tag: 'swarmwall-audit' },
    clock,
    log,
  );
  const files = queue((text) => file.append(text));
  const messages = remote && queue((text) => remote.write(text));
  const audit = createAuditLog({
    write: (line) => {
      files.push(line);
      messages?.push(line);
    },
    clock,
    log,
  });
  return {
    ...audit,
    close: async () => {
      await Promise.all([files.settled(), messages?.settled()]);
      await file.close();
      remote?.close();
    },
  };
}
