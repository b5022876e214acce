import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Registry } from 'prom-client';
import { asFault, Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';

export interface MetricsServerOptions {
  readonly registry: Registry;
  /** `off`: nothing listens. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whoever asks must say it (`Authorization: Bearer …`); absent: anybody who can connect may read. */
  readonly token: string | undefined;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
}

export interface MetricsServer {
  /** Undefined while it does not listen. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** Metrics are for looking on: a port that is taken is tried again, and nothing else waits for it. */
const RETRY = 10_000;
const PATIENCE = 5_000;
const CONNECTIONS = 16;

/** `GET /metrics` for Prometheus, on a listener of its own. Settles after the first try to listen. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const { registry, address, port, token, clock, log } = options;
  if (address === 'off') return { port: undefined, close: () => Promise.resolve() };
  const answer = answerer(registry, token, log);
  let server: Server | undefined;
  let closed = false;
  let cancel = (): void => undefined;
  if (token === undefined && !isLoopback(address))
    log.warn({ address }, 'metrics can be read by whoever reaches this address: set a token');

  async function open(): Promise<void> {
    try {
      const opened = await listen(answer, address, port);
      if (closed) opened.close();
      else server = opened;
    } catch (error) {
      log.error(
        { code: 'listen-failed', why: asFault(error).message },
        'metrics are not served: trying again',
      );
      if (!closed) cancel = clock.after(RETRY, () => void open());
    }
  }

  await open();
  return {
    get port() {
      const bound = server?.address();
      return typeof bound === 'object' ? bound?.port : undefined;
    },
    close: () =>
      new Promise((resolve) => {
        closed = true;
        cancel();
        if (server === undefined) {
          resolve();
          return;
        }
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function listen(answer: Answer, address: string, port: number): Promise<Server> {
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      requestTimeout: PATIENCE,
      headersTimeout: PATIENCE,
      connectionsCheckingInterval: 1_000,
    },
    answer,
  );
  server.keepAliveTimeout = 60_000;
  server.maxConnections = CONNECTIONS;
  server.maxRequestsPerSocket = 1_000;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Fault('listen-failed', `can't listen on ${address}:${port}: ${cause.message}`, { cause }));
    });
    server.listen(port, address, () => {
      resolve(server);
    });
  });
}

/** One reading at a time, however many ask for it. */
function answerer(registry: Registry, token: string | undefined, log: Log): Answer {
  let reading: Promise<string> | undefined;
  const read = (): Promise<string> =>
    (reading ??= registry.metrics().finally(() => {
      reading = undefined;
    }));

  return (request, response) => {
    const { method, url = '' } = request;
    if (hasBody(request)) {
      refuse(response, 413, 'no body is read here');
      return;
    }
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      response.setHeader('www-authenticate', 'Bearer');
      refuse(response, 401, 'a token is asked for');
      return;
    }
    if (url.split('?', 1)[0] !== '/metrics') refuse(response, 404, 'only /metrics is served');
    else if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      refuse(response, 405, 'metrics are read only');
    } else
      read().then(
        (text) => {
          response.writeHead(200, {
            'content-type': registry.contentType,
            'content-length': Buffer.byteLength(text),
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          });
          response.end(method === 'HEAD' ? undefined : text);
        },
        (error: unknown) => {
          log.error({ why: asFault(error).message }, 'metrics could not be read');
          refuse(response, 500, 'metrics could not be read');
        },
      );
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${why}\n`);
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || (isIP(address) === 4 && address.startsWith('127.'));
}
