import type { DockerEndpoint } from '../deploy/docker-endpoint.ts';

/** Who asks, as far as this machine knows: Docker itself does not say who called. For people, not for proof. */
export function authorOf(
  env: Readonly<Record<string, string | undefined>>,
  machine: { readonly user: string; readonly host: string },
  endpoint: DockerEndpoint,
): string {
  const user = env['SUDO_USER'] || env['USER'] || machine.user;
  return `${user}@${machine.host}${through(endpoint)}`;
}

function through(endpoint: DockerEndpoint): string {
  if (endpoint.kind === 'socket') return '';
  const { protocol, username, host } = endpoint.url;
  return ` through ${protocol}//${username ? `${username}@` : ''}${host}`;
}
