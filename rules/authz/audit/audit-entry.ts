import type { AuditLevel } from '../../../compose-ext/authz/authz-model.ts';
import type { ApiOperation, ApiRequest, Json, JsonObject, Requester } from '../api-request.ts';
import type { Objection } from '../decision.ts';
import type { Grant } from '../roles/find-grant.ts';
import { SOCKET_WORD } from '../match-word.ts';
import { redact, redactQuery, redactText } from './redact.ts';

/** A line of the audit log, before the answer. Keys are stable. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Of the call: the same in both stages, and told to whoever is refused. */
  readonly id: string;
  readonly stage: 'request';
  readonly level: AuditLevel;
  /** The certificate's CN; `@socket` for the local socket. */
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly operation: string;
  readonly name?: string;
  readonly stack?: string;
  readonly decision: 'allow' | 'deny';
  /** What allowed it. */
  readonly by?: { readonly binding: string; readonly role: string; readonly rule: number };
  /** What speaks against it, also where it is only to warn. */
  readonly objections?: readonly Pick<Objection, 'code' | 'message' | 'policy' | 'mode'>[];
  readonly method: string;
  readonly path: string;
  readonly apiVersion?: string;
  /** From level Request on; without secrets. */
  readonly query?: JsonObject;
  readonly body?: Json;
}

/** And after it. */
export interface AuditAnswer {
  readonly time: number;
  readonly id: string;
  readonly stage: 'response';
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly status: number;
  /** At level RequestResponse, of answers in JSON; without secrets. */
  readonly body?: Json;
}

export interface Audited {
  readonly time: number;
  readonly id: string;
  readonly level: AuditLevel;
  readonly requester: Requester;
  readonly operation: ApiOperation;
  readonly allow: boolean;
  readonly objections: readonly Objection[];
  readonly method: string;
  /** As sent. */
  readonly uri: string;
  readonly grant?: Grant;
  readonly stack?: string;
  /** Absent when it could not be decoded. */
  readonly request?: ApiRequest;
}

const MOST_OBJECTIONS = 20;
const LONGEST_PATH = 500;
/** Of one body in one line. */
const LONGEST_BODY = 32 * 1024;

export function userOf(requester: Requester): string {
  if (requester.kind === 'socket') return SOCKET_WORD;
  // No certificate is to look like the socket.
  return requester.name.startsWith('@') ? `CN=${requester.name}` : requester.name;
}

export function auditEntry(audited: Audited): AuditEntry {
  const { time, id, level, requester, operation, allow, objections, grant, stack, request } = audited;
  const { verb, resource, name } = operation;
  const full = level === 'Request' || level === 'RequestResponse';
  return {
    ...{ time, id, stage: 'request', level, user: userOf(requester), verb, resource },
    operation: operation.id,
    ...(name === undefined ? {} : { name: redactText(name) }),
    ...(stack === undefined ? {} : { stack }),
    decision: allow ? 'allow' : 'deny',
    ...(allow && grant ? { by: by(grant) } : {}),
    ...(objections.length === 0 ? {} : { objections: objections.slice(0, MOST_OBJECTIONS).map(short) }),
    method: audited.method.slice(0, 32),
    path: pathOf(audited),
    ...(request?.apiVersion === undefined ? {} : { apiVersion: request.apiVersion }),
    ...(full && request && request.query.size > 0 ? { query: redactQuery(request.query) } : {}),
    ...(full && request?.body && saysNothingSecret(operation) ? { body: bounded(redact(request.body)) } : {}),
  };
}

export function auditAnswer(
  before: Pick<AuditEntry, 'id' | 'level' | 'user' | 'verb' | 'resource'>,
  answer: { readonly time: number; readonly status: number; readonly body?: Json },
): AuditAnswer {
  const { id, user, verb, resource, level } = before;
  const shown = level === 'RequestResponse' && answer.body !== undefined && saysNothingSecret(before);
  return {
    ...{ time: answer.time, id, stage: 'response', user, verb, resource, status: answer.status },
    ...(shown ? { body: bounded(redact(answer.body)) } : {}),
  };
}

/** What is asked for, and told, to log in to a registry. */
function saysNothingSecret({ resource }: Pick<ApiOperation, 'resource'>): boolean {
  return resource !== 'system/auth';
}

function by({ binding, role, rule }: Grant): NonNullable<AuditEntry['by']> {
  return { binding: binding.name, role: role.name, rule };
}

function short({ code, message, policy, mode }: Objection) {
  return { code, message: redactText(message), policy, mode };
}

/** Never the query: builds have arguments there. */
function pathOf({ request, uri }: Audited): string {
  const path = request?.path ?? uri.split('?', 1)[0] ?? '';
  return redactText(path.slice(0, LONGEST_PATH));
}

function bounded(value: Json): Json {
  const bytes = JSON.stringify(value).length;
  return bytes <= LONGEST_BODY ? value : `[left out: ${bytes} characters]`;
}
