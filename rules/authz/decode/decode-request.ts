import type { ApiOperation, ApiRequest, Json, JsonObject, Requester } from '../api-request.ts';
import type { Objection } from '../decision.ts';
import { readContentType } from './content-type.ts';
import { operationAt, UNKNOWN_OPERATION } from './operations.ts';
import type { OperationShape } from './operations.ts';
import { canonicalPath, isKnownVersion } from './path.ts';
import type { Query } from './query.ts';
import { readQuery } from './query.ts';
import { readJson } from './read-json.ts';
import { Refusal, shown } from './refusal.ts';
import { BODY_SHAPES } from './shapes/body-shapes.ts';
import { ANY } from './shapes/shape.ts';

/** A call as the engine tells it to its plugin. */
export interface EngineCall {
  readonly user: string;
  /** `TLS` when a client certificate was shown; empty on a socket. */
  readonly authMethod: string;
  readonly method: string;
  readonly uri: string;
  /** Names as Go spells them (`Content-Type`); of one sent twice the last. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Absent when there is none, and when the engine hides it. */
  readonly body?: Uint8Array;
}

export type Decoded =
  | { readonly kind: 'request'; readonly request: ApiRequest; readonly shape: OperationShape }
  | {
      readonly kind: 'refused';
      readonly objection: Objection;
      readonly requester: Requester;
      /** As far as it could be read. */
      readonly operation: ApiOperation;
    };

export function requesterOf(call: Pick<EngineCall, 'user' | 'authMethod'>): Requester {
  return call.user === '' && call.authMethod === '' ? { kind: 'socket' } : { kind: 'user', name: call.user };
}

/** One call as the engine will read it, or why it is refused. */
export function decodeRequest(call: EngineCall): Decoded {
  const requester = requesterOf(call);
  let operation: ApiOperation = operationOf(UNKNOWN_OPERATION);
  try {
    const { rawPath, rawQuery } = splitUri(call.uri);
    const { path, apiVersion } = canonicalPath(rawPath);
    const { shape, name } = operationAt(call.method, path);
    operation = operationOf(shape, name);
    if (shape.id === 'Unknown')
      throw new Refusal(
        'decode/unknown-operation',
        `${shown(call.method)} ${shown(path)} is no operation of a known engine`,
        'Update Swarmwall when this is one of a newer engine.',
      );
    const query = readQuery(rawQuery);
    operation = operationOf(shape, name ?? nameInQuery(shape, query));
    checkParameters(call, shape, query);
    const body = readBody(call, shape, apiVersion);
    operation = operationOf(shape, operation.name ?? nameInBody(body));
    const request: ApiRequest = {
      requester,
      method: call.method,
      path,
      ...(apiVersion === undefined ? {} : { apiVersion }),
      operation,
      query,
      ...(body === undefined ? {} : { body }),
    };
    return { kind: 'request', request, shape };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: 'refused', objection: error.toObjection(), requester, operation };
  }
}

/** The request line's second word. Go takes absolute URIs, too, and no client sends them to an engine. */
function splitUri(uri: string): { readonly rawPath: string; readonly rawQuery: string } {
  if (!/^\/[!-~]*$/u.test(uri) || uri.includes('#'))
    throw new Refusal(
      'decode/uri',
      `the request's target ${shown(uri)} is not a path`,
      'Send a path and its query, in ASCII.',
    );
  const at = uri.indexOf('?');
  return at < 0 ? { rawPath: uri, rawQuery: '' } : { rawPath: uri.slice(0, at), rawQuery: uri.slice(at + 1) };
}

function operationOf(shape: OperationShape, name?: string): ApiOperation {
  const { id, verb, resource } = shape;
  return { id, verb, resource, ...(name === undefined ? {} : { name }) };
}

function nameInQuery({ nameFrom }: OperationShape, query: Query): string | undefined {
  return nameFrom === undefined ? undefined : query.get(nameFrom)?.[0];
}

function nameInBody(body: JsonObject | undefined): string | undefined {
  const name = body?.['Name'];
  return typeof name === 'string' ? name : undefined;
}

/** Chunked bodies take this header away. */
function isEmpty({ headers }: EngineCall): boolean {
  return headers['Content-Length'] === '0';
}

/**
 * Parameters may also come in a form, which counts before the query, and which the engine hides. It goes by the first
 * Content-Type header and tells the last: where a body that nobody needs may be there, and a type is given, it may be one.
 */
function checkParameters(call: EngineCall, shape: OperationShape, query: Query): void {
  if (!['POST', 'PUT', 'PATCH'].includes(call.method) || isEmpty(call)) return;
  const { given, plain } = readContentType(call.headers['Content-Type']);
  if (!plain)
    throw new Refusal(
      'decode/content-type',
      `a body of the content type ${shown(given ?? '')} may hold parameters that can't be seen`,
      'Send application/json, or no content type.',
    );
  const pull = shape.id === 'ImageCreate' && query.get('fromSrc')?.[0] !== '-';
  if (given && call.body === undefined && (shape.body === 'none' || pull))
    throw new Refusal(
      'decode/hidden-body',
      "this call needs no body, but may have one with parameters that can't be seen",
      'Send no body, and say so: "Content-Length: 0".',
    );
}

/**
 * A body of the kind `json` must be seen. The engine shows none that is chunked (20.10), of 1 MiB or more, or of another
 * content type, and takes chunked bodies' headers away, so that "none" needs an explicit `Content-Length: 0`.
 */
function readBody(
  call: EngineCall,
  shape: OperationShape,
  apiVersion: string | undefined,
): JsonObject | undefined {
  const type = readContentType(call.headers['Content-Type']);
  if (shape.body !== 'json') return undefined;
  if (call.body === undefined || call.body.length === 0) {
    if (isEmpty(call)) return Object.create(null) as JsonObject;
    throw new Refusal(
      'decode/hidden-body',
      'the body of this call is not shown by the engine',
      'Send application/json of less than 1 MiB with a Content-Length, not chunked; "{}" when there is nothing to say.',
    );
  }
  if (!type.json)
    throw new Refusal('decode/content-type', `the content type ${shown(type.given ?? '')} is no JSON`);
  const text = decodeUtf8(call.body);
  const unknownFields = isKnownVersion(apiVersion) ? 'left-out' : 'refused';
  return asObject(readJson(text, BODY_SHAPES.get(shape.id) ?? ANY, unknownFields));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal('decode/encoding', 'the body is no UTF-8 text');
  }
}

/** Three operations of plugins take a list: they have it under `list`. */
function asObject(value: Json): JsonObject {
  if (value === null) return Object.create(null) as JsonObject;
  if (Array.isArray(value))
    return Object.assign(Object.create(null) as object, { list: value }) as JsonObject;
  if (typeof value === 'object') return value as JsonObject;
  throw new Refusal('decode/type', 'the body must be an object');
}
