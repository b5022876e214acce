import type { ApiRequest } from '../api-request.ts';
import { createAsking, type Field } from './read-field.ts';
import { readNetworkMode } from './read-namespaces.ts';
import type { Wish } from './wish.ts';

/** `POST /build`. Its RUN steps make no call of their own: what they may do is said here or nowhere. */
export function readBuild({ query }: ApiRequest): Wish {
  const asking = createAsking();
  const parameter = (name: string): Field => ({ value: query.get(name)?.[0], path: `?${name}` });
  asking.add('the path', { kind: 'build' });
  const mode = parameter('networkmode');
  readNetworkMode(query.get('networkmode')?.[0] ?? '', mode, asking);
  const remote = query.get('remote')?.[0] ?? '';
  // What the client sends over its session is no address.
  if (remote !== '' && remote !== 'client-session')
    asking.add(parameter('remote'), { kind: 'build-remote', remote });
  const parent = query.get('cgroupparent')?.[0] ?? '';
  if (parent !== '') asking.add(parameter('cgroupparent'), { kind: 'cgroup-parent', parent });
  for (const option of query.get('securityopt') ?? [])
    asking.add(parameter('securityopt'), { kind: 'security-option', option });
  // BuildKit: the build is told over the session what it may do, insecure steps included.
  if ((query.get('version')?.[0] ?? '') === '2' || (query.get('session')?.[0] ?? '') !== '')
    asking.add(parameter('version'), { kind: 'build-session' });
  for (const reference of query.get('t') ?? []) asking.add(parameter('t'), { kind: 'image-name', reference });
  return { asks: asking.asks, stacks: [] };
}

/** `POST /session` and `/grpc`: the whole of BuildKit's own interface, of which a plugin sees nothing. */
export function readSession(): Wish {
  const asking = createAsking();
  asking.add('the path', { kind: 'build-session' });
  return { asks: asking.asks, stacks: [] };
}
