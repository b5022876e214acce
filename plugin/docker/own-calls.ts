import { randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What the plugin asks of Docker's API comes back to the plugin as a request to judge. Its own calls carry this header
 * with a secret that is new at each start and known only to the plugin's processes, so that they pass at once.
 */
export const OWN_CALL_HEADER = 'X-Swarmwall-Own-Call';

export const newOwnCallSecret = (): string => randomBytes(32).toString('hex');

export function ownCallHeaders(secret: string | undefined): Readonly<Record<string, string>> {
  return secret === undefined ? {} : { [OWN_CALL_HEADER]: secret };
}

/** Takes the same time for every wrong value of the right length. */
export function isOwnCall(given: string | undefined, secret: string): boolean {
  if (given === undefined) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
