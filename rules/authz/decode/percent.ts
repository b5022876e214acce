/**
 * Percent-decoding as net/url's `unescape`, but UTF-8 only; undefined when Go would refuse it, or when the bytes are no
 * UTF-8. Given ASCII only.
 */
export function percentDecode(text: string, plusIsSpace: boolean): string | undefined {
  const spaced = plusIsSpace ? text.replaceAll('+', ' ') : text;
  if (/%(?![0-9a-f]{2})/iu.test(spaced)) return undefined;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}
