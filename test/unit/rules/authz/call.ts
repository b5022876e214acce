import { decodeRequest } from '../../../../rules/authz/decode/index.ts';
import type { Decoded, EngineCall } from '../../../../rules/authz/decode/index.ts';

/** A call as an engine tells it, of what a client sent. */
export function call(
  method: string,
  uri: string,
  body?: unknown,
  more: Partial<EngineCall> = {},
): EngineCall {
  const bytes =
    body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    user: '',
    authMethod: '',
    method,
    uri,
    headers: bytes
      ? { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length) }
      : { 'Content-Length': '0' },
    ...(bytes ? { body: bytes } : {}),
    ...more,
  };
}

export function decode(method: string, uri: string, body?: unknown, more?: Partial<EngineCall>): Decoded {
  return decodeRequest(call(method, uri, body, more));
}

/** The code of the refusal, or the request. */
export function outcome(decoded: Decoded): unknown {
  return decoded.kind === 'refused' ? decoded.objection.code : decoded.request;
}

/** What a body of `POST /containers/create` is read as, or the code of its refusal. */
export function create(body: string, uri = '/v1.41/containers/create'): unknown {
  const decoded = decode('POST', uri, body);
  return decoded.kind === 'refused' ? decoded.objection.code : plain(decoded.request.body);
}

/** The same with prototypes, to compare with literals. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
