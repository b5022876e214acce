import { Agent, request } from 'node:http';
import type {
  ContainerFact,
  NamedFact,
  NetworkFact,
  PluginFact,
  ServiceFact,
  Surroundings,
  VolumeFact,
} from '../../rules/authz/surroundings.ts';
import { ownCallHeaders } from '../docker/own-calls.ts';
import { Fault } from '../fault.ts';
import { toContainer, toNamed, toNetwork, toPlugin, toService, toVolume } from './facts.ts';
import type { Raw } from './facts.ts';

/** A caller waits meanwhile, and so does whoever waits for the caller. */
const LIMIT_MS = 2_000;
/** No inspection answers with more: a service's spec is at most some MiB of Raft. */
const MOST_BYTES = 8 * 1024 * 1024;

export interface SurroundingsOptions {
  readonly dockerSocket: string;
  readonly secret: string;
}

/** GET of one thing; undefined: there is none. */
export type LookUp = (path: string) => Promise<Raw | undefined>;

/** Surroundings for one call after the other: each remembers its answers, so that all judges see the same. */
export function createSurroundings(options: SurroundingsOptions): () => Surroundings {
  const lookUp = engineLookUp(options);
  return () => surroundingsOf(lookUp);
}

export function surroundingsOf(lookUp: LookUp): Surroundings {
  const known = new Map<string, Promise<Raw | undefined>>();
  const find = async <T>(
    before: string,
    reference: string,
    after: string,
    map: (raw: Raw) => T,
  ): Promise<T | undefined> => {
    // What the engine would read as another path names nothing.
    if (reference === '' || reference === '.' || reference === '..') return undefined;
    const path = `${before}/${encodeURIComponent(reference)}${after}`;
    const asked = known.get(path) ?? lookUp(path);
    known.set(path, asked);
    const raw = await asked;
    return raw === undefined ? undefined : map(raw);
  };
  return {
    network: (reference) => find<NetworkFact>('/networks', reference, '', toNetwork),
    container: (reference) => find<ContainerFact>('/containers', reference, '/json', toContainer),
    service: (reference) => find<ServiceFact>('/services', reference, '', toService),
    volume: (name) => find<VolumeFact>('/volumes', name, '', toVolume),
    config: (reference) => find<NamedFact>('/configs', reference, '', toNamed),
    secret: (reference) => find<NamedFact>('/secrets', reference, '', toNamed),
    plugin: (reference) => find<PluginFact>('/plugins', reference, '/json', toPlugin),
    exec: (id) => find('/exec', id, '/json', (raw) => ({ container: String(raw['ContainerID'] ?? '') })),
    node: (reference) => find<NamedFact>('/nodes', reference, '', toNamed),
    task: (id) => find('/tasks', id, '', (raw) => ({ service: String(raw['ServiceID'] ?? '') })),
  };
}

/** @throws Fault `docker-unavailable` (too late is that, too), `docker-failed` */
function engineLookUp({ dockerSocket, secret }: SurroundingsOptions): LookUp {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  return (path) =>
    new Promise((resolve, reject) => {
      const unavailable = (cause: Error): void => {
        reject(
          new Fault('docker-unavailable', `Docker does not answer ${path}: ${cause.message}`, { cause }),
        );
      };
      const asked = request(
        {
          socketPath: dockerSocket,
          path,
          agent,
          headers: { host: 'docker', ...ownCallHeaders(secret) },
          signal: AbortSignal.timeout(LIMIT_MS),
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('error', unavailable);
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            size += chunk.length;
            if (size > MOST_BYTES) response.destroy(new Error(`more than ${MOST_BYTES} bytes`));
          });
          response.on('end', () => {
            try {
              resolve(readAnswer(path, response.statusCode ?? 0, Buffer.concat(chunks).toString()));
            } catch (error) {
              reject(error as Error);
            }
          });
        },
      );
      asked.on('error', unavailable);
      asked.end();
    });
}

function readAnswer(path: string, status: number, text: string): Raw | undefined {
  if (status === 404) return undefined;
  const data = { status };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('docker-failed', `Docker answers ${path} with ${status} and no JSON`, { cause, data });
  }
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Raw;
  if (status === 200) return raw;
  throw new Fault('docker-failed', `Docker answers ${path} with ${status}: ${String(raw['message'])}`, {
    data,
  });
}
