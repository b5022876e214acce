import type { ApiRequest } from '../api-request.ts';
import { createAsking } from './read-field.ts';
import type { Wish } from './wish.ts';

/** Pulls, and what gives an image that was made here a name: tag, commit, import, load. */
export function readImage({ operation, query }: ApiRequest): Wish {
  const asking = createAsking();
  const parameter = (name: string): string => query.get(name)?.[0] ?? '';
  const named = (name: string): string => joined(parameter(name), parameter('tag'));
  if (operation.id === 'ImageLoad') asking.add('the body', { kind: 'image-name' });
  else if (operation.id !== 'ImageCreate') {
    // A commit without a name makes an image without one.
    if (parameter('repo') !== '') asking.add('?repo', { kind: 'image-name', reference: named('repo') });
  } else if (parameter('fromImage') !== '')
    asking.add('?fromImage', { kind: 'image', reference: named('fromImage') });
  else asking.add('?repo', { kind: 'image-name', reference: named('repo') });
  return { asks: asking.asks, stacks: [] };
}

/** `tag` may be a digest. */
function joined(name: string, tag: string): string {
  if (tag === '') return name;
  return tag.includes(':') ? `${name}@${tag}` : `${name}:${tag}`;
}
