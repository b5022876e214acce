/** The part of a resource record that is looked at. Names are as the message has them. */
export interface AnswerRecord {
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** Of A an address, of CNAME a name. */
  readonly data: string;
}

export interface FollowedAnswer<R extends AnswerRecord = AnswerRecord> {
  /** CNAMEs from the question on, in order. */
  readonly aliases: readonly R[];
  /** A records of the name that they end at. */
  readonly addresses: readonly R[];
}

/** A longer chain is nobody's; resolvers give up about here. */
const MOST_ALIASES = 16;
const HIGHEST_TTL = 2 ** 31 - 1;

/** Names are compared in small letters, without the dot at their end. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** What an answer says about its own question; records of other names, and beyond a loop, say nothing. */
export function followAnswer<R extends AnswerRecord>(
  question: string,
  records: readonly R[],
): FollowedAnswer<R> {
  const aliases: R[] = [];
  let at = canonicalName(question);
  const seen = new Set([at]);
  for (;;) {
    const alias = records.find(({ type, name }) => type === 'CNAME' && canonicalName(name) === at);
    if (alias === undefined) break;
    at = canonicalName(alias.data);
    if (seen.has(at) || aliases.length >= MOST_ALIASES) return { aliases: [], addresses: [] };
    seen.add(at);
    aliases.push(alias);
  }
  return {
    aliases,
    addresses: records.filter(({ type, name }) => type === 'A' && canonicalName(name) === at),
  };
}

/** A time with its highest bit set is none (RFC 2181). */
export function boundedTtl(ttl: number, most: number): number {
  return Number.isInteger(ttl) && ttl >= 0 && ttl <= HIGHEST_TTL ? Math.min(ttl, most) : 0;
}
