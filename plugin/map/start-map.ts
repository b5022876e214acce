import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { MapStatus } from '../api/types.ts';
import type { Config } from '../config.ts';
import { createRateLimit } from '../controller/rate-limit.ts';
import { asFault, Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { NodeCertificates } from '../tls/certificates.ts';
import { createMapApp, type MapAppOptions } from './map-app.ts';
import { createMapFeed } from './map-feed.ts';
import type { MapSource } from './map-source.ts';
import { createSessions, newToken } from './sessions.ts';

export interface MapOptions {
  readonly config: Pick<Config, 'mapAddress' | 'mapPort' | 'mapTokenFile'>;
  readonly source: MapSource;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: those that the build put into the program. */
  readonly assets?: MapAppOptions['assets'];
}

export interface RunningMap {
  status(): MapStatus;
  /** Swarm's certificate, at first and when it is renewed: off loopback the map is served by it, and not before. */
  renew(certificates: NodeCertificates): Promise<void>;
  stop(): Promise<void>;
}

/** Of wrong tokens: in a minute, and at once. */
const TRIES = { perSecond: 10 / 60, burst: 20 };
const SHORTEST_TOKEN = 24;

/** Never throws: whoever cannot have the map has enforcement all the same, and `swarmwall map` says why. */
export async function startMap({ config, source, clock, log, assets }: MapOptions): Promise<RunningMap> {
  const { mapAddress: host, mapPort: port } = config;
  const off: MapStatus = { state: 'off' };
  let status: MapStatus = off;
  let server: Server | HttpsServer | undefined;
  let feed: ReturnType<typeof createMapFeed> | undefined;
  let certificates: NodeCertificates | undefined;
  if (host === 'off')
    return { status: () => off, renew: () => Promise.resolve(), stop: () => Promise.resolve() };
  const plain = isLoopback(host);

  async function begin(): Promise<void> {
    try {
      const token = await tokenOf(config.mapTokenFile);
      feed = createMapFeed(source, clock, log);
      const app = createMapApp({
        feed,
        sessions: createSessions(token, clock),
        assets: assets ?? (await import('#map-assets')).ASSETS,
        mayTry: createRateLimit(TRIES.perSecond, TRIES.burst, () => clock.elapsed()),
        ...(plain ? {} : { cluster: () => certificates?.identity.cluster }),
      });
      server = plain ? createHttpServer(app) : createHttpsServer(contextOf(certificates), app);
      server.maxConnections = 256;
      const bound = await listen(server, host, port);
      const shown = host.includes(':') ? `[${host}]` : host;
      status = { state: 'serving', url: `http${plain ? '' : 's'}://${shown}:${String(bound)}/`, token };
      log.info({ url: status.url }, 'controller serves the service map');
    } catch (error) {
      feed?.stop();
      const { code, message } = asFault(error);
      status = { state: 'failed', reason: message };
      log.warn({ code, err: error }, 'the service map is not served');
    }
  }

  if (plain) await begin();
  else status = { state: 'failed', reason: "waits for this node's certificate" };
  return {
    status: () => status,
    async renew(renewed) {
      if (plain) return;
      const first = certificates === undefined;
      certificates = renewed;
      if (first) await begin();
      else (server as HttpsServer | undefined)?.setSecureContext(contextOf(renewed));
    },
    stop: () =>
      new Promise((resolve) => {
        feed?.stop();
        if (server?.listening !== true) {
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

/** Browsers have no certificate of Swarm's, so none is demanded: the token opens too. */
function contextOf(certificates: NodeCertificates | undefined) {
  return {
    ...(certificates && { key: certificates.key, cert: certificates.cert, ca: certificates.ca }),
    ...({ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' } as const),
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/u.test(host);
}

/** @throws Fault `file-failed` */
async function tokenOf(file: string | undefined): Promise<string> {
  if (file === undefined) return newToken();
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: unknown) => {
      throw new Fault('file-failed', `the map's token file ${file} can't be read`, { cause: error });
    },
  );
  if (token.length >= SHORTEST_TOKEN) return token;
  throw new Fault('file-failed', `the token in ${file} has fewer than ${String(SHORTEST_TOKEN)} characters`);
}

function listen(server: Server | HttpsServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Fault('listen-failed', `can't listen on ${host}:${String(port)}: ${cause.message}`, { cause }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
