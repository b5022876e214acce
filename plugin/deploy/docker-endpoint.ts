import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../fault.ts';

/** Where the engine is that `docker` would talk to. */
export type DockerEndpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'host'; readonly url: URL; readonly certificates?: CertificateFiles };

export interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function certificatesIn(folder: string): CertificateFiles {
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}

function toEndpoint(host: string, certificates: CertificateFiles | undefined): DockerEndpoint {
  if (host.startsWith('unix://')) return { kind: 'socket', path: host.slice('unix://'.length) };
  if (host.startsWith('/')) return { kind: 'socket', path: host };
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (!url || !['tcp:', 'http:', 'https:', 'ssh:'].includes(url.protocol))
    throw new Fault('docker-unavailable', `DOCKER_HOST ${host} is not understood`);
  return { kind: 'host', url, ...(certificates ? { certificates } : {}) };
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Docker keeps a context in a folder named by the SHA-256 of its name. */
function fromContext(name: string, folder: string): DockerEndpoint {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = readJson(join(folder, 'contexts', 'meta', id, 'meta.json')) as
    { readonly Endpoints?: { readonly docker?: { readonly Host?: string } } } | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (!host) throw new Fault('docker-unavailable', `there is no docker context called ${name}`);
  const tls = join(folder, 'contexts', 'tls', id, 'docker');
  return toEndpoint(host, existsSync(tls) ? certificatesIn(tls) : undefined);
}

/** In docker's own order: DOCKER_HOST, DOCKER_CONTEXT, the current context, the default socket. */
export function dockerEndpoint(env: Environment, defaultSocket: string): DockerEndpoint {
  const folder = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
  if (env['DOCKER_HOST']) {
    const tls = env['DOCKER_TLS_VERIFY'] ? certificatesIn(env['DOCKER_CERT_PATH'] || folder) : undefined;
    return toEndpoint(env['DOCKER_HOST'], tls);
  }
  if (env['SWARMWALL_DOCKER_SOCKET']) return { kind: 'socket', path: env['SWARMWALL_DOCKER_SOCKET'] };
  const config = readJson(join(folder, 'config.json')) as { readonly currentContext?: string } | undefined;
  const context = env['DOCKER_CONTEXT'] || config?.currentContext;
  return context && context !== 'default'
    ? fromContext(context, folder)
    : { kind: 'socket', path: defaultSocket };
}
