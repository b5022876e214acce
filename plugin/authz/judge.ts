import { randomBytes } from 'node:crypto';
import { judgeAdmission } from '../../rules/authz/admission/index.ts';
import { decodeRequest, requesterOf } from '../../rules/authz/decode/index.ts';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { judgeProtection } from '../../rules/authz/protection/index.ts';
import type { Objection } from '../../rules/authz/decision.ts';
import type { Surroundings } from '../../rules/authz/surroundings.ts';
import { judgeRoles } from '../../rules/authz/roles/judge-roles.ts';
import { asFault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import type { Judge, PolicySource, Verdict } from './ports.ts';

/** In this order: who may, what the network policy rests on, what a workload may ask for. */
export const JUDGES: readonly Judge[] = [judgeRoles, judgeProtection, judgeAdmission];

/** The CLI needs them to say anything at all, and they tell nothing but the engine's version. */
const ALWAYS_ALLOWED = new Set(['SystemPing', 'SystemPingHead', 'SystemVersion']);

export interface JudgeOptions {
  readonly source: PolicySource;
  readonly clock: Pick<Clock, 'now'>;
  /** Made anew for each call: what it remembers must not outlive the call. */
  surroundings(): Surroundings;
  readonly judges?: readonly Judge[];
}

/** Judges calls; whatever goes wrong on the way denies. */
export function createJudge(options: JudgeOptions): (call: EngineCall) => Promise<Verdict> {
  const { source, surroundings, clock, judges = JUDGES } = options;
  const ids = requestIds();
  return async (call) => {
    const start = { id: ids(), at: clock.now() };
    try {
      const decoded = decodeRequest(call);
      if (decoded.kind === 'refused') {
        const { requester, operation, objection } = decoded;
        return { ...start, allow: false, requester, operation, objections: [objection] };
      }
      const { request } = decoded;
      const policy = source.policy();
      const around = surroundings();
      const objections = ALWAYS_ALLOWED.has(request.operation.id)
        ? []
        : await askAll(judges, (judge) => judge(request, policy, around));
      const allow = objections.every(({ mode }) => mode !== 'enforce');
      const problem = allow ? undefined : source.problem?.();
      if (problem !== undefined) objections.push(unreadable(problem));
      return {
        ...start,
        allow,
        requester: request.requester,
        operation: request.operation,
        request,
        objections,
        judged: { policy, around },
      };
    } catch (error) {
      return {
        ...start,
        allow: false,
        requester: requesterOf(call),
        operation: { id: 'Unknown', verb: 'unknown', resource: 'unknown' },
        objections: [failed(error)],
      };
    }
  };
}

/** All are asked, so that a refusal tells everything at once; one that fails objects. */
async function askAll(
  judges: readonly Judge[],
  ask: (judge: Judge) => ReturnType<Judge>,
): Promise<Objection[]> {
  const all = await Promise.all(
    judges.map(async (judge) => {
      try {
        return await ask(judge);
      } catch (error) {
        return [failed(error)];
      }
    }),
  );
  return all.flat();
}

/** Whoever is refused for its sake learns it. */
function unreadable(problem: string): Objection {
  return {
    code: 'failed/policy-unreadable',
    message: `the authorization policy of this node cannot be read: ${problem}`,
    hint: 'Until it can, the local socket may read and take the plugin away (docker plugin disable), nobody else anything.',
    policy: 'built-in',
    mode: 'enforce',
  };
}

function failed(error: unknown): Objection {
  const { code, message } = asFault(error);
  return {
    code: `failed/${code}`,
    message: `the call could not be judged: ${message}`,
    policy: 'built-in',
    mode: 'enforce',
  };
}

/** Unique on this node: eight random characters of this start, and a number. */
function requestIds(): () => string {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${prefix}-${(count += 1).toString(36)}`;
}
