import type { ApiRequest, JsonObject, Requester } from '../../../../rules/authz/api-request.ts';
import { OPERATION_PATHS } from './operation-paths.ts';

export interface Asked {
  readonly body?: unknown;
  /** Of what the path names. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly apiVersion?: string | null;
  readonly requester?: Requester;
}

/** A call as the decoder hands it on, in API 1.45 unless told otherwise. */
export function apiRequest(id: string, asked: Asked = {}): ApiRequest {
  const { body, name, query = {}, apiVersion = '1.45', requester = { kind: 'user', name: 'dev' } } = asked;
  const [verb, resource] = OPERATION_PATHS[id] ?? ['create', 'containers'];
  return {
    requester,
    method: 'POST',
    path: `/${resource}`,
    ...(apiVersion !== null && { apiVersion }),
    operation: { id, verb, resource, ...(name !== undefined && { name }) },
    query: new Map(Object.entries(query).map(([key, value]) => [key, [value].flat() as string[]])),
    ...(body !== undefined && { body: body as JsonObject }),
  };
}
