import type { Json } from '../../rules/authz/api-request.ts';
import { auditAnswer, auditEntry, type AuditEntry } from '../../rules/authz/audit/audit-entry.ts';
import { asksForStacks, auditLevel } from '../../rules/authz/audit/audit-level.ts';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { askRoles, type Answer } from '../../rules/authz/roles/ask-roles.ts';
import { placeOf, stackInBody, type Place } from '../../rules/authz/roles/place.ts';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { AuditLog, EngineAnswer, Verdict } from './ports.ts';

export interface AuditLogOptions {
  /** One line, with its end. Must not wait. */
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const READS = ['get', 'list', 'watch'];
/** Calls that go on for hours (attach, logs) are answered last. */
const MOST_PENDING = 5_000;
const LONGEST_BODY = 1024 * 1024;

type Pending = Pick<AuditEntry, 'id' | 'level' | 'user' | 'verb' | 'resource'>;

/** What each call was and how it was judged, then how the engine answered it. Runs when the caller has its answer. */
export function createAuditLog({ write, clock, log }: AuditLogOptions): AuditLog {
  /** By who asked what: the engine does not say to which call an answer belongs. Equal calls are answered in turn. */
  const pending = new Map<string, readonly Promise<Pending | undefined>[]>();
  let count = 0;

  /** Undefined: nothing is to be written of this call. */
  async function record(call: EngineCall, verdict: Verdict): Promise<Pending | undefined> {
    const { requester, operation, allow, objections, id, at: time, judged, request } = verdict;
    const { verb, resource } = operation;
    const answers = await answersOf(verdict);
    const stack = await stackOf(verdict, answers);
    const level = auditLevel(judged?.policy.audit ?? [], {
      ...{ requester, verb, resource },
      ...(stack === undefined ? {} : { stack }),
      notable: !allow || (resource === 'plugins' && !READS.includes(verb)),
    });
    if (level === 'None') return undefined;
    const grant = answers[0]?.grant;
    const entry = auditEntry({
      ...{ time, id, level, requester, operation, allow, objections, method: call.method, uri: call.uri },
      ...(grant && { grant }),
      ...(stack === undefined ? {} : { stack }),
      ...(request && { request }),
    });
    write(`${JSON.stringify(entry)}\n`);
    return { id, level, user: entry.user, verb, resource };
  }

  function expect(key: string, recorded: Promise<Pending | undefined>): void {
    pending.set(key, [...(pending.get(key) ?? []), recorded]);
    count += 1;
    const [oldest] = pending.keys();
    if (count > MOST_PENDING && oldest !== undefined) void take(oldest);
  }

  function take(key: string): Promise<Pending | undefined> | undefined {
    const [first, ...others] = pending.get(key) ?? [];
    if (others.length > 0) pending.set(key, others);
    else pending.delete(key);
    if (first !== undefined) count -= 1;
    return first;
  }

  async function recordAnswer(call: EngineCall, answer: EngineAnswer): Promise<void> {
    const before = await take(keyOf(call));
    if (before === undefined) return;
    const { status } = answer;
    // That something was read well says its first line already.
    if (before.level === 'Metadata' && READS.includes(before.verb) && status < 400) return;
    const body = before.level === 'RequestResponse' ? jsonOf(answer) : undefined;
    const line = auditAnswer(before, { time: clock.now(), status, ...(body === undefined ? {} : { body }) });
    write(`${JSON.stringify(line)}\n`);
  }

  function fail(error: unknown): undefined {
    log.error({ why: asFault(error).message }, 'a call could not be written to the audit log');
  }

  return {
    judged: (call, verdict) => {
      const recorded = record(call, verdict).catch(fail);
      if (verdict.allow) expect(keyOf(call), recorded);
    },
    wantsAnswers: () => true,
    answered: (call, answer) => {
      recordAnswer(call, answer).catch(fail);
    },
  };
}

function keyOf({ user, authMethod, method, uri }: EngineCall): string {
  return `${authMethod}\n${user}\n${method}\n${uri}`;
}

/** What granted it: asked again, from what the judges have looked up. */
async function answersOf({ request, judged, allow }: Verdict): Promise<readonly Answer[]> {
  return request === undefined || judged === undefined || !allow
    ? []
    : askRoles(request, judged.policy, judged.around);
}

/** Best effort: a thing that was removed meanwhile is nobody's any more, and reads are not worth a look-up of their own. */
async function stackOf(
  { request, judged }: Verdict,
  answers: readonly Answer[],
): Promise<string | undefined> {
  const asked = answers[0]?.question.stack;
  if (asked !== undefined || request === undefined || judged === undefined) return asked;
  const { verb } = request.operation;
  const looks =
    ['create', 'list'].includes(verb) || !READS.includes(verb) || asksForStacks(judged.policy.audit);
  if (!looks) return undefined;
  const found: Place = await placeOf(request, judged.around).catch(() => stackInBody(request));
  return found.stack;
}

function jsonOf({ headers, body }: EngineAnswer): Json | undefined {
  const type = headers['Content-Type'] ?? '';
  if (body === undefined || body.length > LONGEST_BODY || !type.startsWith('application/json'))
    return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString()) as Json;
  } catch {
    // A stream of several.
    return undefined;
  }
}
