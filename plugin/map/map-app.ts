import express from 'express';
import type { Request, Response } from 'express';
import { TLSSocket } from 'node:tls';
import { asFault } from '../fault.ts';
import { toIdentity } from '../tls/certificates.ts';
import type { PlacedFlow } from '../../rules/map/flow-totals.ts';
import { RANGES, type MapFeed } from './map-feed.ts';
import { onlyLoopbackNames, pageHeaders } from './page-headers.ts';
import { cookieNamed, type Sessions } from './sessions.ts';

export interface MapAppOptions {
  readonly feed: MapFeed;
  readonly sessions: Sessions;
  readonly assets: Readonly<
    Record<'index.html' | 'login.html' | 'page.js' | 'login.js' | 'page.css', string>
  >;
  /** Whether one more wrong token may be tried now. */
  readonly mayTry: () => boolean;
  /** Swarm's cluster id, where managers' certificates open the map: over TLS. Absent: plain HTTP on loopback. */
  readonly cluster?: () => string | undefined;
}

const COOKIE = 'swarmwall-map';
/** Pages open at once, and what one that reads too slowly may lag behind. */
const MOST_PAGES = 32;
const LAG = 8 * 1024 * 1024;
const BEAT = 15_000;

export function createMapApp(options: MapAppOptions): express.Express {
  const { feed, sessions, assets, mayTry, cluster } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(pageHeaders);
  if (cluster === undefined) app.use(onlyLoopbackNames);
  const cookieOf = (request: Request): string | undefined => cookieNamed(COOKIE, request.headers.cookie);
  const isIn = (request: Request): boolean =>
    sessions.knows(cookieOf(request)) || isManager(request, cluster?.());
  let pages = 0;

  app.get('/', (request, response) => {
    if (isIn(request)) response.type('html').send(assets['index.html']);
    else response.redirect(303, '/login');
  });
  app.get('/login', (_, response) => response.type('html').send(assets['login.html']));
  app.post('/login', express.urlencoded({ extended: false, limit: '4kb' }), (request, response) => {
    const { token } = (request.body ?? {}) as Record<string, unknown>;
    if (!mayTry()) {
      response.status(429).type('text').send('Too many wrong tokens: try again in a minute.\n');
      return;
    }
    const cookie = sessions.login(typeof token === 'string' ? token.trim() : '');
    if (cookie === undefined) {
      response.status(401).type('html').send(assets['login.html'].replace('hidden data-wrong', 'data-wrong'));
      return;
    }
    response.cookie(COOKIE, cookie, { httpOnly: true, sameSite: 'strict', secure: cluster !== undefined });
    response.redirect(303, '/');
  });
  app.post('/logout', (request, response) => {
    sessions.end(cookieOf(request));
    response.clearCookie(COOKIE).redirect(303, '/login');
  });
  for (const name of ['page.js', 'login.js', 'page.css'] as const)
    app.get(`/${name}`, (_, response) => response.type(name).send(assets[name]));

  app.use('/api', (request, response, next) => {
    if (isIn(request)) next();
    else response.status(401).json({ code: 'not-logged-in', message: 'log in at /login' });
  });
  app.get('/api/live', (request, response) => {
    const minutes = RANGES.find((each) => String(each) === request.query['minutes']);
    if (minutes === undefined || pages >= MOST_PAGES) {
      response.status(minutes === undefined ? 400 : 503).json({
        code: minutes === undefined ? 'bad-range' : 'too-many-pages',
        message: minutes === undefined ? `minutes is one of ${RANGES.join(', ')}` : 'too many pages are open',
      });
      return;
    }
    pages++;
    stream(
      response,
      (send) => feed.open(minutes, send),
      () => pages--,
    );
  });
  app.get('/api/arrow', ({ query: { from, to } }, response) => {
    if (typeof from !== 'string' || typeof to !== 'string') {
      response.status(400).json({ code: 'bad-arrow', message: 'from and to are needed' });
      return;
    }
    const { policy, flows } = feed.arrow(from, to);
    response.json({ policy, flows: flows.map(({ record }: PlacedFlow) => record) });
  });
  app.get('/api/service', ({ query: { key } }, response) => {
    const found = typeof key === 'string' ? feed.service(key) : undefined;
    if (found) response.json(found);
    else response.status(404).json({ code: 'not-found', message: 'no such service now' });
  });
  app.use((_, response) => {
    response.status(404).json({ code: 'not-found', message: 'nothing is served there' });
  });
  app.use((error: unknown, _: Request, response: Response, next: express.NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status } = error as { readonly status?: unknown };
    const { code, message } = asFault(error);
    response.status(typeof status === 'number' ? status : 500).json({ code, message });
  });
  return app;
}

/** Server-sent events, one a change. A page that lags behind is let go: it comes back, and starts anew. */
function stream(
  response: Response,
  open: (send: (event: unknown) => void) => () => void,
  onEnd: () => void,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  const write = (text: string): void => {
    if (response.writableLength > LAG) response.destroy();
    else response.write(text);
  };
  const close = open((event) => {
    write(`data: ${JSON.stringify(event)}\n\n`);
  });
  const beat = setInterval(() => {
    write(': still here\n\n');
  }, BEAT);
  response.on('close', () => {
    clearInterval(beat);
    close();
    onEnd();
  });
}

function isManager({ socket }: Request, cluster: string | undefined): boolean {
  if (cluster === undefined || !(socket instanceof TLSSocket) || !socket.authorized) return false;
  const identity = toIdentity(socket.getPeerCertificate().subject);
  return identity?.role === 'manager' && identity.cluster === cluster;
}
