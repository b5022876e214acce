import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import type { Syslog, SyslogAddress } from './syslog.ts';

type Remote = Exclude<SyslogAddress, { kind: 'socket' }>;

/** authpriv.notice. */
const PRIORITY = 10 * 8 + 5;
/** A datagram carries some more; servers take less. */
const MOST_MESSAGE = 32 * 1024;
const CONNECTS_WITHIN = 5_000;

/** RFC 5424, cut where it would not fit. */
export function syslogMessage(line: string, host: string, tag: string, at: number): Buffer {
  const head = `<${PRIORITY}>1 ${new Date(at).toISOString()} ${host || '-'} ${tag} - - - `;
  return Buffer.from(head + line).subarray(0, MOST_MESSAGE);
}

/** To a server: a datagram each, or over TCP with the length before each (RFC 6587, octet counting). */
export function syslogOver(address: Remote, tag: string, clock: Pick<Clock, 'now'>): Syslog {
  const host = hostname()
    .replace(/[^!-~]/gu, '')
    .slice(0, 255);
  const messages = (text: string): readonly Buffer[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => syslogMessage(line, host, tag, clock.now()));
  return address.kind === 'udp' ? overUdp(address, messages) : overTcp(address, messages);
}

type Messages = (text: string) => readonly Buffer[];

function overUdp({ host, port }: Remote, messages: Messages): Syslog {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' }).unref();
  // Whoever sends is told by its own callback.
  socket.on('error', () => undefined);
  return {
    write: async (text) => {
      for (const message of messages(text))
        await new Promise<void>((resolve, reject) => {
          socket.send(message, port, host, (cause) => {
            if (cause) reject(lost(host, cause));
            else resolve();
          });
        });
    },
    close: () => {
      socket.close();
    },
  };
}

function overTcp({ host, port }: Remote, messages: Messages): Syslog {
  let open: Socket | undefined;

  function connected(): Promise<Socket> {
    if (open !== undefined) return Promise.resolve(open);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, timeout: CONNECTS_WITHIN });
      socket.once('connect', () => {
        socket.setTimeout(0);
        open = socket;
        resolve(socket);
      });
      socket.once('timeout', () => {
        socket.destroy(new Error(`no connection within ${CONNECTS_WITHIN} ms`));
      });
      socket.once('error', (cause) => {
        reject(lost(host, cause));
      });
      socket.once('close', () => {
        if (open === socket) open = undefined;
      });
      socket.resume();
      socket.unref();
    });
  }

  return {
    write: async (text) => {
      const socket = await connected();
      const framed = messages(text).flatMap((message) => [Buffer.from(`${message.length} `), message]);
      await new Promise<void>((resolve, reject) => {
        socket.write(Buffer.concat(framed), (cause) => {
          if (cause) reject(lost(host, cause));
          else resolve();
        });
      });
    },
    close: () => {
      open?.end();
    },
  };
}

function lost(host: string, cause: Error): Fault {
  return new Fault('peer-lost', `syslog at ${host}: ${cause.message}`, { cause });
}
