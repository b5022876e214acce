import type { AuthzPolicy } from '../../compose-ext/authz/authz-model.ts';
import type { ApiOperation, ApiRequest, Requester } from '../../rules/authz/api-request.ts';
import type { Objection } from '../../rules/authz/decision.ts';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import type { Surroundings } from '../../rules/authz/surroundings.ts';

/** Says what it objects to, or nothing. One that throws denies. */
export type Judge = (
  request: ApiRequest,
  policy: AuthzPolicy,
  around: Surroundings,
) => Promise<readonly Objection[]> | readonly Objection[];

export interface PolicySource {
  /** What is in force now: read anew for each call, so it must be at hand. */
  policy(): AuthzPolicy;
  /** Why what is in force is not what is stored: said to whoever is refused. */
  problem?(): string | undefined;
}

/** How one call was judged. */
export interface Verdict {
  /** Of this call, for the audit log and the one who is refused. */
  readonly id: string;
  /** Unix time in ms. */
  readonly at: number;
  readonly allow: boolean;
  readonly requester: Requester;
  /** As far as it could be read. */
  readonly operation: ApiOperation;
  /** Absent when it could not be decoded. */
  readonly request?: ApiRequest;
  readonly objections: readonly Objection[];
  /** By what it was judged, and what was looked up for it; absent when it could not be decoded. */
  readonly judged?: { readonly policy: AuthzPolicy; readonly around: Surroundings };
}

/** Called after the engine has its answer: what happens here delays nobody. Own calls are not told. */
export interface AuditLog {
  judged(call: EngineCall, verdict: Verdict): void;
  /** Whether `answered` is wanted at all: reading answers costs time. */
  wantsAnswers(): boolean;
  answered(call: EngineCall, answer: EngineAnswer): void;
}

/** What the engine is about to answer. */
export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Only of JSON answers. */
  readonly body?: Uint8Array;
}

export const NO_POLICY: AuthzPolicy = { roles: [], bindings: [], admission: [], audit: [] };
