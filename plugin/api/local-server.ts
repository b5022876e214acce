import { createServer } from 'node:http';
import { connect } from 'node:net';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import express from 'express';
import { asFault, Fault } from '../fault.ts';

export interface LocalServer {
  close(): Promise<void>;
}

/** Path → what it answers, as JSON. */
export type Answers = Readonly<Record<`/v1/${string}`, () => unknown>>;

/**
 * The local API on a unix socket that only root may open. A socket that nobody answers on is one left by a crash.
 * @throws Fault `socket-in-use`, `listen-failed`
 */
export async function serveLocal(socket: string, answers: Answers, stop: () => void): Promise<LocalServer> {
  const server = createServer(createLocalApp(answers, stop));
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
  if (await isAnswered(socket))
    throw new Fault('socket-in-use', `another one answers on ${socket}`, { data: { socket } });
  await rm(socket, { force: true });
  // The socket must never be open to others, not even before chmod.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new Fault('listen-failed', `can't listen on ${socket}: ${cause.message}`, { cause }));
      });
      server.listen(socket, resolve);
    });
  } finally {
    process.umask(umask);
  }
  await chmod(socket, 0o600);
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

export function createLocalApp(answers: Answers, stop: () => void): express.Express {
  const app = express();
  app.disable('x-powered-by');
  for (const [path, answer] of Object.entries(answers))
    app.get(path, (_, response) => {
      response.json(answer());
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

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
  });
}
