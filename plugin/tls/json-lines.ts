import type { Duplex } from 'node:stream';
import { Fault } from '../fault.ts';

export interface JsonLinesOptions {
  readonly maxLineBytes: number;
  readonly maxQueuedBytes: number;
  readonly onMessage: (message: unknown) => void;
  /** Once, for any reason; the stream is destroyed. */
  readonly onEnd: (fault: Fault) => void;
}

export interface JsonLines {
  /** A peer that does not take what is queued in time is disconnected (`peer-slow`). */
  send(message: object): void;
  close(fault: Fault): void;
  /** Waiting to be sent. */
  readonly queuedBytes: number;
}

const NEWLINE = 10;

/** One JSON value a line, both ways, over a stream whose other end may be hostile. */
export function jsonLines(stream: Duplex, options: JsonLinesOptions): JsonLines {
  let parts: Buffer[] = [];
  let size = 0;
  let ended = false;

  function close(fault: Fault): void {
    if (ended) return;
    ended = true;
    parts = [];
    stream.destroy();
    options.onEnd(fault);
  }

  function take(part: Buffer): boolean {
    size += part.length;
    if (size > options.maxLineBytes) {
      close(
        new Fault('peer-invalid', `the peer sent a line of more than ${String(options.maxLineBytes)} bytes`),
      );
      return false;
    }
    if (part.length > 0) parts.push(part);
    return true;
  }

  function deliver(): void {
    const line = Buffer.concat(parts).toString('utf8');
    parts = [];
    size = 0;
    if (line.trim() === '') return;
    try {
      options.onMessage(JSON.parse(line));
    } catch (error) {
      close(
        error instanceof Fault
          ? error
          : new Fault('peer-invalid', 'the peer sent what is not JSON', { cause: error }),
      );
    }
  }

  stream.on('data', (chunk: Buffer) => {
    let start = 0;
    while (!ended) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) {
        take(chunk.subarray(start));
        return;
      }
      if (!take(chunk.subarray(start, end))) return;
      deliver();
      start = end + 1;
    }
  });
  stream.once('error', (error) => {
    close(new Fault('peer-lost', `the connection failed: ${error.message}`, { cause: error }));
  });
  stream.once('close', () => {
    close(new Fault('peer-lost', 'the connection was closed'));
  });

  return {
    send: (message) => {
      if (ended) return;
      stream.write(`${JSON.stringify(message)}\n`);
      if (stream.writableLength > options.maxQueuedBytes)
        close(new Fault('peer-slow', 'the peer does not take what it is sent'));
    },
    close,
    get queuedBytes() {
      return stream.writableLength;
    },
  };
}
