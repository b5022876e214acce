import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../process/clock.ts';

export interface Sessions {
  /** A new session's cookie value; undefined: not the token. */
  login(token: string): string | undefined;
  knows(cookie: string | undefined): boolean;
  end(cookie: string | undefined): void;
}

const LASTS = 12 * 60 * 60 * 1_000;
/** The oldest ends when there are more. */
const MOST = 100;

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Only hashes are kept, and compared in a time that tells nothing. */
export function createSessions(token: string, clock: Clock): Sessions {
  const own = digest(token);
  const open = new Map<string, number>();
  return {
    login(given) {
      if (!timingSafeEqual(digest(given), own)) return undefined;
      const cookie = randomBytes(32).toString('base64url');
      open.set(digest(cookie).toString('hex'), clock.elapsed());
      const [oldest] = open.keys();
      if (open.size > MOST && oldest !== undefined) open.delete(oldest);
      return cookie;
    },
    knows(cookie) {
      if (cookie === undefined) return false;
      const since = open.get(digest(cookie).toString('hex'));
      return since !== undefined && clock.elapsed() - since < LASTS;
    },
    end(cookie) {
      if (cookie !== undefined) open.delete(digest(cookie).toString('hex'));
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Of the `Cookie` header. */
export function cookieNamed(name: string, header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
