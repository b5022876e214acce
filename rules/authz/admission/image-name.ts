/** A reference as Docker completes it: `nginx` is `docker.io/library/nginx`. */
export interface ImageName {
  readonly registry: string;
  /** With the registry: `docker.io/library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** The engine finds an image by any beginning of its id, and a name of such letters may be either. */
const MAYBE_ID = /^(sha256:)?[0-9a-f]+$/;

/** Undefined: it may be the id of an image, so whence that came is not told. */
export function imageName(reference: string): ImageName | undefined {
  if (MAYBE_ID.test(reference)) return undefined;
  const at = reference.indexOf('@');
  const digest = at < 0 ? undefined : reference.slice(at + 1);
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const { registry, path } = takeApart(tagged ? named.slice(0, colon) : named);
  return {
    registry,
    repository: `${registry}/${path}`,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** The first part is a registry only if it cannot be a user's name (distribution/reference, splitDockerDomain). */
function takeApart(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  if (slash < 0 || !isRegistry) return { registry: 'docker.io', path: official(name) };
  const registry = first.toLowerCase();
  const path = name.slice(slash + 1);
  return registry === 'docker.io' || registry === 'index.docker.io'
    ? { registry: 'docker.io', path: official(path) }
    : { registry, path };
}

function official(path: string): string {
  return path.includes('/') ? path : `library/${path}`;
}
