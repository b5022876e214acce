/** The engine itself turns it away, or elsewhere, before anybody is asked. */
export const BY_ENGINE = 'engine';

/** One way around admission, as bytes on the engine's socket. */
export interface Way {
  /** As docs/admission.md lists it. */
  readonly name: string;
  readonly method?: string;
  /** As on the request line. */
  readonly uri: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What must be among the reasons: `admission/privileged`; of several any, where engines differ in what they show. */
  readonly refusedBy: string | readonly string[];
  /** Nobody may, whatever the role: a forgery, or what can be read two ways. */
  readonly never?: true;
  /** Allowed, the engine waits long for what is not there: a driver's plugin, a client's session. */
  readonly slow?: true;
}

export const IMAGE = 'swarmwall/demo:1';
export const API = '/v1.41';

/** A container that asks for this in HostConfig. */
export function container(host: object, config: object = {}): object {
  return { Image: IMAGE, ...config, HostConfig: host };
}

/** A service without tasks that asks for this in its ContainerSpec. */
export function service(spec: object, template: object = {}, more: object = {}): object {
  return {
    TaskTemplate: { ContainerSpec: { Image: IMAGE, ...spec }, ...template },
    Mode: { Replicated: { Replicas: 0 } },
    ...more,
  };
}

export function creating(name: string, refusedBy: string, body: object | string): Way {
  return { name, uri: `${API}/containers/create`, body, refusedBy };
}

export function deploying(name: string, refusedBy: string, body: object): Way {
  return { name, uri: `${API}/services/create`, body, refusedBy };
}

/** Stacks to which policies of their own apply: see `policies.ts`. */
export const STRICT = { Labels: { 'com.docker.compose.project': 'strict' } };
export const STRICT_STACK = { Labels: { 'com.docker.stack.namespace': 'strict' } };
export const SELECTED = { Labels: { 'com.docker.compose.project': 'selected' } };
export const PINNED = { Labels: { 'com.docker.compose.project': 'pinned' } };
