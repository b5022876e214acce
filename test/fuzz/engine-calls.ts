import { Agent, request } from 'node:http';
import type { Json, JsonObject } from '../../rules/authz/api-request.ts';

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

export interface Call {
  readonly method: string;
  readonly uri: string;
  /** Of several values, each is a header of its own. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer;
}

/** Calls of an engine's API on a unix socket, as they are given: no client's help, no version put in front. */
export function engineCalls(socketPath: string): {
  readonly call: (call: Call) => Promise<Answer>;
  readonly get: (uri: string) => Promise<JsonObject>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true });
  const call = ({ method, uri, headers = {}, body }: Call): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({ socketPath, agent, method, path: uri, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  return {
    call,
    get: async (uri) => {
      const { status, body } = await call({ method: 'GET', uri });
      if (status !== 200 || typeof body !== 'object' || body === null || Array.isArray(body))
        throw new Error(`GET ${uri}: ${status} ${JSON.stringify(body)}`);
      return body as JsonObject;
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** Not every answer is JSON: a redirect is HTML. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
