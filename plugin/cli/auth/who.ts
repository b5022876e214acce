import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Requester } from '../../../rules/authz/api-request.ts';
import { SOCKET_WORD } from '../../../rules/authz/match-word.ts';
import { dockerEndpoint, type DockerEndpoint } from '../../deploy/docker-endpoint.ts';
import { CliFailure } from '../failure.ts';
import type { Session } from '../session.ts';

/** `--as`: a CN, or `@socket`. */
export function requesterNamed(name: string): Requester {
  return name === SOCKET_WORD ? { kind: 'socket' } : { kind: 'user', name };
}

/** Whom the engine takes this command line for, and why. */
export interface Whoami {
  readonly requester: Requester;
  readonly why: string;
}

export function whoami({ io, config }: Session): Whoami {
  const endpoint = dockerEndpoint(io.env, config.dockerSocket);
  const where = whereOf(endpoint);
  if (endpoint.kind === 'socket') return { requester: { kind: 'socket' }, why: `the unix socket ${where}` };
  if (endpoint.certificates !== undefined)
    return {
      requester: { kind: 'user', name: commonName(endpoint.certificates.cert) },
      why: `the certificate ${endpoint.certificates.cert}, shown to ${where}`,
    };
  if (endpoint.url.protocol === 'ssh:')
    return { requester: { kind: 'socket' }, why: `the unix socket on the other side of ${where}` };
  return {
    requester: { kind: 'socket' },
    why: `no certificate is shown to ${where}, and without one an engine takes everybody for its socket`,
  };
}

export function askedFor(session: Session, as: string | undefined): Requester {
  return as === undefined ? whoami(session).requester : requesterNamed(as);
}

function whereOf(endpoint: DockerEndpoint): string {
  return endpoint.kind === 'socket' ? endpoint.path : `${endpoint.url.protocol}//${endpoint.url.host}`;
}

/** Of the subject, as Go's TLS gives it to the engine: the last of several. */
function commonName(file: string): string {
  try {
    const { subject } = new X509Certificate(readFileSync(file));
    const names = subject.split('\n').flatMap((line) => (line.startsWith('CN=') ? line.slice(3) : []));
    return names.at(-1) ?? '';
  } catch (cause) {
    throw new CliFailure('unreadable-file', `${file}: no certificate can be read there`, { cause });
  }
}
