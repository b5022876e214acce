/** A value of a decoded body. Objects have no prototype, so that a key called `__proto__` is a key. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Who asks, as the engine tells it: the CN of the TLS client certificate, or nobody on the unix socket. */
export type Requester = { readonly kind: 'user'; readonly name: string } | { readonly kind: 'socket' };

/**
 * One call of the Docker API, read as the engine will read it. What can be read two ways never gets here.
 * Structures' keys are spelt as the API documents them (Go takes any case); maps' keys (labels, options) as sent.
 */
export interface ApiRequest {
  readonly requester: Requester;
  readonly method: string;
  /** Canonical, without the version: `/containers/create`. */
  readonly path: string;
  /** As asked for, `1.41`; absent: the engine's own. */
  readonly apiVersion?: string;
  readonly operation: ApiOperation;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Absent where the operation has no JSON body. Three operations of plugins take a list: they have it under `list`. */
  readonly body?: JsonObject;
}

/** What a request does, in words that roles use. */
export interface ApiOperation {
  /** As in Docker's API document: `ContainerCreate`. `Unknown` for a path that no known engine serves. */
  readonly id: string;
  /** `get`, `list`, `watch`, `create`, `update`, `delete`, and what the API calls more: `start`, `exec`, `attach`, `prune`, … */
  readonly verb: string;
  /** `containers`, `containers/exec`, `services`, `networks`, `plugins`, `swarm`, `nodes`, `system`, … */
  readonly resource: string;
  /** The name or id in the path (or, on creation, the one asked for). */
  readonly name?: string;
}
