/** What the engine takes for "all of them". */
export const EVERY_CAPABILITY = 'ALL';

/** As moby's NormalizeLegacyCapabilities reads it, in any case and with or without CAP_: `NET_ADMIN`. */
export function capabilityName(written: string): string {
  const name = written.toUpperCase();
  // Only the bare word is all of them.
  return name === `CAP_${EVERY_CAPABILITY}` ? name : name.replace(/^CAP_/, '');
}
