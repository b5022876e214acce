import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { OWN_CALL_HEADER, isOwnCall } from '../docker/own-calls.ts';
import { asFault, Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { readEngineMessage, toEngineAnswer, toEngineCall } from './engine-call.ts';
import type { AuditLog, Verdict } from './ports.ts';
import { refusalMessage } from './refusal-message.ts';

/** Body and answer are at most 1 MiB each, in base64; then headers and a chain of certificates. */
const MOST_BYTES = 8 * 1024 * 1024;

const ALLOWED = JSON.stringify({ Allow: true });

export interface PluginServerOptions {
  readonly judge: (call: EngineCall) => Promise<Verdict>;
  /** Whoever has it is the plugin itself. */
  readonly ownCallSecret: string;
  readonly audit?: AuditLog;
  readonly log: Log;
}

/** The engine's plugin protocol, version 1: POST of JSON, answered with JSON. */
export function createPluginServer(options: PluginServerOptions): Server {
  const answers: Readonly<Record<string, (body: string) => Promise<string> | string>> = {
    '/Plugin.Activate': () => JSON.stringify({ Implements: ['authz'] }),
    '/AuthZPlugin.AuthZReq': (body) => judged(options, body),
    '/AuthZPlugin.AuthZRes': (body) => answered(options, body),
  };
  const server = createServer((request, response) => {
    const answer = request.method === 'POST' ? answers[request.url ?? ''] : undefined;
    if (!answer) {
      reply(response, 404, JSON.stringify({ Err: `${request.method} ${request.url} is not served` }));
      return;
    }
    readText(request)
      .then(answer)
      .then(
        (text) => {
          reply(response, 200, text);
        },
        (error: unknown) => {
          const { code, message } = asFault(error);
          options.log.error({ code, message }, 'a call of the engine failed');
          // The engine denies on any status but 200.
          reply(response, 500, JSON.stringify({ Err: message }));
        },
      );
  });
  // The engine keeps connections for as long as it likes.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

async function judged(
  { judge, ownCallSecret, audit, log }: PluginServerOptions,
  body: string,
): Promise<string> {
  // Engines ask again when a connection breaks, but what they ask has been sent and is gone by then.
  if (body === '')
    throw new Fault('peer-lost', 'the plugin was started anew while it judged this call: repeat it');
  const call = toEngineCall(readEngineMessage(body));
  if (isOwnCall(call.headers[OWN_CALL_HEADER], ownCallSecret)) return ALLOWED;
  const verdict = await judge(call);
  if (audit)
    afterwards(log, () => {
      audit.judged(call, verdict);
    });
  if (verdict.allow) return ALLOWED;
  return JSON.stringify({ Allow: false, Msg: refusalMessage(verdict.id, verdict.objections) });
}

/** What the engine did is done: there is nothing to judge. */
function answered({ ownCallSecret, audit, log }: PluginServerOptions, body: string): string {
  if (audit?.wantsAnswers())
    afterwards(log, () => {
      const message = readEngineMessage(body);
      const call = toEngineCall(message);
      if (!isOwnCall(call.headers[OWN_CALL_HEADER], ownCallSecret))
        audit.answered(call, toEngineAnswer(message));
    });
  return ALLOWED;
}

/** Once the answer is on its way. */
function afterwards(log: Log, work: () => void): void {
  setImmediate(() => {
    try {
      work();
    } catch (error) {
      const { code, message } = asFault(error);
      log.error({ code, message }, 'the audit log failed');
    }
  });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Fault('peer-invalid', `more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/vnd.docker.plugins.v1.1+json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
