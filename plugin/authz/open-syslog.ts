import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { syslogOver } from './syslog-network.ts';
import { localSyslog, parseSyslog, type Syslog } from './syslog.ts';

export interface SyslogSetting {
  readonly address: string | undefined;
  /** Its variable, for people. */
  readonly setting: string;
  readonly tag: string;
}

/** Undefined: not asked for, or no address, which is logged. */
export function openSyslog(
  { address: text, setting, tag }: SyslogSetting,
  clock: Clock,
  log: Log,
): Syslog | undefined {
  if (text === undefined) return undefined;
  const address = parseSyslog(text);
  if (address !== undefined)
    return address.kind === 'socket' ? localSyslog(address.path, tag) : syslogOver(address, tag, clock);
  log.error(
    { [setting]: text },
    `${setting} is no address (/dev/log, udp://host:514, tcp://host:514): files only`,
  );
  return undefined;
}
