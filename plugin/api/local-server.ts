import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { asFault, type FaultCode } from '../fault.ts';
import { listenOnSocket } from '../process/unix-socket.ts';
import { streamLines } from './stream-lines.ts';

export interface LocalServer {
  close(): Promise<void>;
}

/** Path → what it answers, as JSON. */
export type Answers = Readonly<Record<`/v1/${string}`, () => unknown>>;
/** Path → what it answers as JSON lines; the signal is for when the client goes, or the server closes. */
export type Streams = Readonly<
  Record<`/v1/${string}`, (asked: URLSearchParams, signal: AbortSignal) => Promise<AsyncIterable<object>>>
>;
/** Path of a POST → what it does, and answers as JSON when that is done. */
export type Actions = Readonly<Record<`/v1/${string}`, () => Promise<unknown>>>;

/**
 * The local API on a unix socket that only root may open.
 * @throws Fault `socket-in-use`, `listen-failed`
 */
export async function serveLocal(
  socket: string,
  answers: Answers,
  stop: () => void,
  actions: Actions = {},
  streams: Streams = {},
): Promise<LocalServer> {
  const closing = new AbortController();
  // One listener for each stream.
  setMaxListeners(0, closing.signal);
  const server = createServer(createLocalApp(answers, stop, actions, streams, closing.signal));
  await listenOnSocket(server, socket);
  return {
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

const STATUS: Partial<Record<FaultCode, number>> = { 'bad-query': 400, 'too-many': 429 };

export function createLocalApp(
  answers: Answers,
  stop: () => void,
  actions: Actions = {},
  streams: Streams = {},
  closing: AbortSignal = new AbortController().signal,
): express.Express {
  const app = express();
  app.disable('x-powered-by');
  for (const [path, answer] of Object.entries(answers))
    app.get(path, (_, response) => {
      response.json(answer());
    });
  for (const [path, stream] of Object.entries(streams))
    app.get(path, (request, response) => streamLines(request, response, stream, closing));
  for (const [path, act] of Object.entries(actions))
    app.post(path, async (_, response) => {
      response.json(await act());
    });
  app.post('/v1/stop', (_, response) => {
    response.on('close', stop);
    response.set('connection', 'close').json({ stopping: true });
  });
  app.use((request, response) => {
    response
      .status(404)
      .json({ code: 'not-found', message: `${request.method} ${request.path} is not served` });
  });
  app.use(
    (error: unknown, _: express.Request, response: express.Response, next: express.NextFunction): void => {
      if (response.headersSent) {
        next(error);
        return;
      }
      const { code, message } = asFault(error);
      response.status(STATUS[code] ?? 500).json({ code, message });
    },
  );
  return app;
}
