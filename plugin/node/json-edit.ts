import { itemsOf, membersOf } from './json-members.ts';
import type { Member, Span } from './json-members.ts';

export const insert = (text: string, at: number, added: string): string =>
  text.slice(0, at) + added + text.slice(at);

export const replace = (text: string, { start, end }: Span, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

/** As the last item stands after the one before it, or the first after its bracket. */
export function spaceBefore(text: string, items: readonly Span[]): string {
  const at = items.at(-1)?.start ?? 0;
  const space = /\s*$/u.exec(text.slice(0, at))?.[0] ?? '';
  return items.length === 1 && space === '' ? ' ' : space;
}

/** With the comma before it; the first with the comma after it. */
export function withoutItem(text: string, items: readonly Span[], index: number): string {
  const item = items[index];
  if (item === undefined) return text;
  const [before, after] = [items[index - 1], items[index + 1]];
  if (before !== undefined) return text.slice(0, before.end) + text.slice(item.end);
  return after === undefined
    ? text.slice(0, item.start) + text.slice(item.end)
    : text.slice(0, item.start) + text.slice(after.start);
}

const spanOf = ({ keySpan, value }: Member): Span => ({ start: keySpan.start, end: value.end });

/** `from`: where the object begins, in a valid text. `entry`: `"key": value`. */
export function addMember(text: string, from: number, entry: string): string {
  const members = membersOf(text, from);
  const last = members.at(-1);
  if (last === undefined) return replace(text, itemsOf(text, from).whole, `{\n  ${entry}\n}`);
  return insert(text, last.value.end, `,${spaceBefore(text, members.map(spanOf))}${entry}`);
}

export function removeMember(text: string, from: number, key: string): string {
  const members = membersOf(text, from);
  const index = members.findIndex((member) => member.key === key);
  return index < 0 ? text : withoutItem(text, members.map(spanOf), index);
}
