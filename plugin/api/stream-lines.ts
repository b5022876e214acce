import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Streams } from './local-server.ts';

/** Answers with a JSON value a line, at the speed at which they are read. */
export async function streamLines(
  request: Request,
  response: Response,
  stream: Streams[`/v1/${string}`],
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const end = (): void => {
    gone.abort();
  };
  response.once('close', end);
  if (closing.aborted) end();
  closing.addEventListener('abort', end, { once: true });
  try {
    const { searchParams } = new URL(request.originalUrl, 'http://localhost');
    const lines = await stream(searchParams, gone.signal);
    response.type('application/x-ndjson');
    response.flushHeaders();
    for await (const line of lines) {
      if (response.destroyed) return;
      if (!response.write(`${JSON.stringify(line)}\n`)) await drained(response, gone.signal);
    }
    // A reader that has stopped reading must not hold the server up.
    if (closing.aborted) response.destroy();
    else response.end();
  } finally {
    closing.removeEventListener('abort', end);
    end();
  }
}

/** Or gone. */
async function drained(response: Response, gone: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal: gone }).catch(() => undefined);
}
