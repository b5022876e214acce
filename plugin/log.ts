import { destination, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The part of pino that the plugin uses. */
export interface Log {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
  child(bindings: Readonly<Record<string, unknown>>): Log;
}

/** JSON lines on stderr, written synchronously: a crash loses no line, and the bundle needs no worker. */
export function createLog(level: LogLevel = 'info'): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ dest: 2, sync: true }),
  );
}

export function silentLog(): Log {
  return pino({ level: 'silent' });
}
