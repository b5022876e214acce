import { posix } from 'node:path';

/**
 * Whether a policy lists a path of the host. Nothing is resolved: a symbolic link or a new file may take a path's place
 * between this look and the engine's own, so a path is taken as it is written, and only the paths listed are taken at all.
 */
export function isListed(source: string, listed: readonly string[]): boolean {
  // With `..` after a link, what is written and what is reached differ.
  if (!source.startsWith('/') || source.split('/').includes('..') || source.includes('{{')) return false;
  const path = canonical(source);
  return listed.some((entry) =>
    entry.endsWith('/*') ? path.startsWith(entry.slice(0, -1)) : path === canonical(entry),
  );
}

/** Each is, or holds, a socket that gives whoever opens it the whole host. */
const SOCKETS = ['/run/docker.sock', '/run/docker', '/run/containerd', '/run/swarmwall', '/var/lib/docker'];

export function reachesSocket(source: string): boolean {
  const path = canonical(source);
  return SOCKETS.some((socket) => isWithin(path, socket) || isWithin(socket, path));
}

/** Not only a folder that the socket happens to be in. */
export function isSocketItself(source: string): boolean {
  return SOCKETS.some((socket) => isWithin(canonical(source), socket));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** `/var/run` is a link to `/run` on every Linux that runs Docker. */
function canonical(path: string): string {
  const normal = posix.normalize(path).replace(/(.)\/$/, '$1');
  return isWithin(normal, '/var/run') ? normal.slice('/var'.length) : normal;
}
