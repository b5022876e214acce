import { addMember, insert, removeMember, replace, spaceBefore, withoutItem } from './json-edit.ts';
import { itemsOf, membersOf } from './json-members.ts';
import type { Member } from './json-members.ts';

/** dockerd's settings file. The engine takes no key but as it is documented, in this case. */
const KEY = 'authorization-plugins';
const BYTE_ORDER_MARK = '\uFEFF';

/** The new text, the same one when nothing was to do; or why this file is not edited. */
export type Edited = { readonly text: string } | { readonly problem: string };

interface Settings {
  readonly text: string;
  /** Where the object begins. */
  readonly start: number;
  readonly members: readonly Member[];
  /** Of the key, and what it holds. */
  readonly member?: Member;
  readonly plugins: readonly string[];
}

/** Plugins listed there; undefined where the file can't be read as the engine would. */
export function listedPlugins(text: string | undefined): readonly string[] | undefined {
  const settings = read(text ?? '');
  return 'problem' in settings ? undefined : settings.plugins;
}

/** Docker takes a name without a tag as `latest`. */
const isNamed = (listed: string, name: string): boolean => listed === name || listed === `${name}:latest`;

/** The text with the plugin in its list, everything else as it was, in the file's own style. */
export function addAuthorizationPlugin(text: string | undefined, name: string): Edited {
  const entry = `${JSON.stringify(KEY)}: [${JSON.stringify(name)}]`;
  if (text === undefined || text.trim() === '') return { text: `{\n  ${entry}\n}\n` };
  const settings = read(text);
  if ('problem' in settings) return settings;
  if (settings.plugins.some((listed) => isNamed(listed, name))) return { text };
  const { member, start } = settings;
  if (member !== undefined) {
    const { items } = itemsOf(text, member.value.start);
    const at = items.at(-1);
    if (at === undefined) return { text: replace(text, member.value, `[${JSON.stringify(name)}]`) };
    return { text: insert(text, at.end, `,${spaceBefore(text, items)}${JSON.stringify(name)}`) };
  }
  return { text: addMember(text, start, entry) };
}

/** The text without the plugin, and without the key when nothing else was in its list. */
export function removeAuthorizationPlugin(text: string, name: string): Edited {
  if (text.trim() === '') return { text };
  const settings = read(text);
  if ('problem' in settings) return settings;
  const { member, start, plugins } = settings;
  const kept = plugins.filter((listed) => !isNamed(listed, name));
  if (member === undefined || kept.length === plugins.length) return { text };
  if (kept.length === 0) return { text: removeMember(text, start, KEY) };
  let left = text;
  for (let index = plugins.length - 1; index >= 0; index -= 1)
    if (isNamed(plugins[index] ?? '', name))
      left = withoutItem(left, itemsOf(left, member.value.start).items, index);
  return { text: left };
}

function read(text: string): Settings | { readonly problem: string } {
  const start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (text.trim() === '') return { text, start, members: [], plugins: [] };
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start));
  } catch (error) {
    return { problem: `it is not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'it is not a JSON object' };
  const members = membersOf(text, start);
  const found = members.filter(({ key }) => key === KEY);
  if (found.length > 1) return { problem: `it has "${KEY}" more than once` };
  const [member] = found;
  if (member === undefined) return { text, start, members, plugins: [] };
  const plugins: unknown = JSON.parse(text.slice(member.value.start, member.value.end));
  if (!Array.isArray(plugins) || plugins.some((plugin) => typeof plugin !== 'string'))
    return { problem: `its "${KEY}" is not a list of names` };
  return { text, start, members, member, plugins: plugins as string[] };
}
