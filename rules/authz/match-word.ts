import type { Requester } from './api-request.ts';

/** In patterns `*` is any characters, none included; all else is itself. In time linear in both for one `*`. */
export function matchesWord(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

export const SOCKET_WORD = '@socket';

/** A list of CN patterns, in which `@socket` is the local socket. Certificates never are: `*` is every CN. */
export function matchesRequester(patterns: readonly string[], requester: Requester): boolean {
  return requester.kind === 'socket'
    ? patterns.includes(SOCKET_WORD)
    : patterns.some((pattern) => pattern !== SOCKET_WORD && matchesWord(pattern, requester.name));
}

/** For people. */
export function nameOf(requester: Requester): string {
  return requester.kind === 'socket' ? 'the local socket' : `"${requester.name}"`;
}
