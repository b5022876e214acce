/** What people wrote may hold escape sequences, or turn the reading order: a reader must see them, not obey them. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
