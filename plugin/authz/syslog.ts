import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Fault } from '../fault.ts';

/** Where syslog listens. */
export type SyslogAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number };

/** `/dev/log`, `udp://logs.example.com:514`, `tcp://[2001:db8::1]:601`; undefined: none of these. */
export function parseSyslog(text: string): SyslogAddress | undefined {
  if (text.startsWith('/')) return { kind: 'socket', path: text };
  const match = /^(udp|tcp):\/\/(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/u.exec(text);
  const port = Number(match?.[4] ?? 514);
  const host = match?.[2] ?? match?.[3];
  if (match === null || host === undefined || host.startsWith('-') || port < 1 || port > 65_535)
    return undefined;
  return { kind: match[1] === 'tcp' ? 'tcp' : 'udp', host, port };
}

/** Longer messages are cut by syslog servers. */
const MOST_MESSAGE = 32 * 1024;

/**
 * `logger` of util-linux, as RFC 3164, which journald takes as well: Node has no datagram sockets of the unix kind.
 */
export function loggerArguments(path: string, tag: string): readonly string[] {
  const message = ['--tag', tag, '--priority', 'authpriv.notice', '--size', String(MOST_MESSAGE)];
  return [...message, '--socket', path, '--socket-errors=on'];
}

export interface Syslog {
  /** Whole lines, each a message. @throws Fault */
  write(text: string): Promise<void>;
  close(): void;
}

const TAKES_WITHIN = 5_000;

/** To a socket of this machine, by one process, begun when there is something to say, and again when it has ended. */
export function localSyslog(path: string, tag: string, file = 'logger'): Syslog {
  let child: ChildProcessWithoutNullStreams | undefined;

  function started(): ChildProcessWithoutNullStreams {
    if (child !== undefined) return child;
    const made = spawn(file, loggerArguments(path, tag), {
      stdio: 'pipe',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const end = (): void => {
      if (child === made) child = undefined;
    };
    made.once('error', end);
    made.once('close', end);
    // An error of the pipe comes with the end of the process.
    made.stdin.on('error', end);
    made.stdout.resume();
    made.stderr.resume();
    child = made;
    return made;
  }

  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        const to = started();
        const late = setTimeout(() => {
          to.kill('SIGKILL');
          reject(new Fault('process-failed', `${file} took no lines for ${TAKES_WITHIN} ms`));
        }, TAKES_WITHIN);
        to.once('error', (cause: NodeJS.ErrnoException) => {
          const missing = cause.code === 'ENOENT';
          clearTimeout(late);
          reject(
            missing
              ? new Fault('process-missing', `${file} is not installed`, { cause })
              : new Fault('process-failed', `${file}: ${cause.message}`, { cause }),
          );
        });
        to.stdin.write(text, (cause) => {
          clearTimeout(late);
          if (cause) reject(new Fault('process-failed', `${file} has ended: ${cause.message}`, { cause }));
          else resolve();
        });
      }),
    close: () => {
      child?.stdin.end();
    },
  };
}
