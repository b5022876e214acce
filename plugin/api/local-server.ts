import { createServer } from 'node:http';
import express from 'express';
import { asFault } from '../fault.ts';
import { listenOnSocket } from '../process/unix-socket.ts';

export interface LocalServer {
  close(): Promise<void>;
}

/** Path → what it answers, as JSON. */
export type Answers = Readonly<Record<`/v1/${string}`, () => unknown>>;
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
): Promise<LocalServer> {
  const server = createServer(createLocalApp(answers, stop, actions));
  await listenOnSocket(server, socket);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

export function createLocalApp(answers: Answers, stop: () => void, actions: Actions = {}): express.Express {
  const app = express();
  app.disable('x-powered-by');
  for (const [path, answer] of Object.entries(answers))
    app.get(path, (_, response) => {
      response.json(answer());
    });
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
      response.status(500).json({ code, message });
    },
  );
  return app;
}
