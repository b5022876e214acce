import type { AuthzPolicy } from '../../../compose-ext/index.ts';
import type { ApiOperation, Requester } from '../../../rules/authz/api-request.ts';
import type { Objection } from '../../../rules/authz/decision.ts';
import { judgeAdmission } from '../../../rules/authz/admission/index.ts';
import { decodeRequest } from '../../../rules/authz/decode/index.ts';
import { judgeProtection } from '../../../rules/authz/protection/index.ts';
import { askRoles, type Answer } from '../../../rules/authz/roles/ask-roles.ts';
import { rolesOf, type BoundRole } from '../../../rules/authz/roles/find-grant.ts';
import { objectionsTo } from '../../../rules/authz/roles/judge-roles.ts';
import type { Surroundings } from '../../../rules/authz/surroundings.ts';
import { asFault } from '../../fault.ts';

export interface AskedRequest {
  readonly requester: Requester;
  readonly method: string;
  readonly uri: string;
  readonly body?: Uint8Array;
}

/** The whole walk of one request, each judge on its own. */
export interface Explained {
  readonly requester: Requester;
  readonly operation: ApiOperation;
  readonly allowed: boolean;
  /** Why it is refused before anybody judges. */
  readonly refused?: Objection;
  readonly bound: readonly BoundRole[];
  readonly answers: readonly Answer[];
  readonly roles: readonly Objection[];
  readonly protection: readonly Objection[];
  readonly admission: readonly Objection[];
}

const NEED_NO_ROLE = new Set(['SystemPing', 'SystemPingHead', 'SystemVersion']);

export async function explainRequest(
  { requester, method, uri, body }: AskedRequest,
  policy: AuthzPolicy,
  around: Surroundings,
): Promise<Explained> {
  const decoded = decodeRequest({
    user: requester.kind === 'socket' ? '' : requester.name,
    authMethod: requester.kind === 'socket' ? '' : 'TLS',
    method: method.toUpperCase(),
    uri,
    headers: {
      'Content-Length': String(body?.length ?? 0),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const nothing = { answers: [], roles: [], protection: [], admission: [] };
  const bound = rolesOf(policy, requester);
  if (decoded.kind === 'refused') {
    const { operation, objection } = decoded;
    return { requester, operation, allowed: false, refused: objection, bound, ...nothing };
  }
  const { request } = decoded;
  const { operation } = request;
  if (NEED_NO_ROLE.has(operation.id)) return { requester, operation, allowed: true, bound, ...nothing };
  let answers: readonly Answer[] = [];
  const roles = await asked(async () => {
    answers = await askRoles(request, policy, around);
    return objectionsTo(request, answers);
  });
  const protection = await asked(() => judgeProtection(request, policy, around));
  const admission = await asked(() => judgeAdmission(request, policy, around));
  const allowed = [...roles, ...protection, ...admission].every(({ mode }) => mode !== 'enforce');
  return { requester, operation, allowed, bound, answers, roles, protection, admission };
}

/** As on the node: a judge that fails objects. */
async function asked(
  judge: () => Promise<readonly Objection[]> | readonly Objection[],
): Promise<readonly Objection[]> {
  try {
    return await judge();
  } catch (error) {
    const { code, message } = asFault(error);
    return [{ code: `failed/${code}`, message, policy: 'built-in', mode: 'enforce' }];
  }
}

/** Offline there is nothing to look up: every thing is new. */
export const NOTHING_AROUND: Surroundings = new Proxy({} as Surroundings, {
  get: () => () => Promise.resolve(undefined),
});
