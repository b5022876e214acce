import { request } from 'node:http';
import { localSockets } from '../api/local-sockets.ts';
import type { LocalRole } from '../api/local-sockets.ts';
import type { Config } from '../config.ts';
import { CliFailure } from './failure.ts';
import { openLines } from './open-lines.ts';

export type ApiRole = LocalRole;

/** GET on a local API; undefined when nobody serves it here. */
export type GetApi = <T>(role: ApiRole, path: string) => Promise<T | undefined>;

/** GET of JSON lines, each as it comes; undefined when nobody serves it here. Aborted, it ends. */
export type ReadLines = (
  role: ApiRole,
  path: string,
  signal: AbortSignal,
) => Promise<AsyncIterable<unknown> | undefined>;

const ANSWER_WITHIN = 10_000;
/** A status of a thousand nodes is some 2 MB: more than this is not ours. */
const ANSWER_AT_MOST = 256 * 1024 * 1024;

function get(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path, headers: { host: 'swarmwall' }, timeout: ANSWER_WITHIN, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > ANSWER_AT_MOST) call.destroy(new Error('the answer is too long'));
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
        answer.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_WITHIN / 1_000} s`)));
    call.on('error', reject);
    call.end();
  });
}

export function createApiClient(config: Config): GetApi {
  return async <T>(role: ApiRole, path: string): Promise<T | undefined> => {
    for (const socket of await localSockets(config, role)) {
      const body = await ask(socket, path, role);
      if (body !== undefined) return body as T;
    }
    return undefined;
  };
}

export function createLineReader(config: Config): ReadLines {
  return async (role, path, signal) => {
    for (const socket of await localSockets(config, role))
      try {
        return await openLines(socket, path, signal);
      } catch (error) {
        if (!isAbsent(error)) throw failureOf(socket, role, error);
      }
    return undefined;
  };
}

/** Undefined when nobody answers there. */
async function ask(socket: string, path: string, role: ApiRole): Promise<unknown> {
  try {
    const { status, body } = await get(socket, path);
    if (status === 200) return JSON.parse(body) as unknown;
    throw new Error(`HTTP ${status}: ${body.slice(0, 200)}`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw failureOf(socket, role, error);
  }
}

function isAbsent(error: unknown): boolean {
  // ENOTDIR: what Docker has in its plugins' folder besides.
  return ['ENOENT', 'ENOTDIR', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function failureOf(socket: string, role: LocalRole, error: unknown): CliFailure {
  const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
  const hint = denied ? 'Run as root: the socket is for its owner only.' : `swarmwall ${role} logs why.`;
  const why = error instanceof Error ? error.message : String(error);
  return new CliFailure('api-failed', `${socket}: ${why}`, { hint, cause: error });
}
