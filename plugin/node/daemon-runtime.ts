import type { Edited } from './daemon-settings.ts';
import { addMember, removeMember, replace } from './json-edit.ts';
import { membersOf, type Member } from './json-members.ts';

/** What daemon.json calls the guard runtime. */
export const GUARD_RUNTIME = 'swarmwall';
const ENGINES_OWN = 'runc';

const BYTE_ORDER_MARK = '\uFEFF';
const DEFAULT = 'default-runtime';
const ALL = 'runtimes';

/** daemon.json with the guard runtime as the one that containers start with. */
export function addGuardRuntime(text: string | undefined, path: string): Edited {
  const entry = `${JSON.stringify(GUARD_RUNTIME)}: ${JSON.stringify({ path })}`;
  if (text === undefined || text.trim() === '')
    return { text: `{\n  "${ALL}": { ${entry} },\n  "${DEFAULT}": "${GUARD_RUNTIME}"\n}\n` };
  const read = readRuntimes(text);
  if ('problem' in read) return read;
  if (read.preset !== undefined && read.preset !== ENGINES_OWN && read.preset !== GUARD_RUNTIME)
    return {
      problem: `its "${DEFAULT}" is ${JSON.stringify(read.preset)}, which the guard runtime would have to stand before: say --no-guard to go on without`,
    };
  return setDefault(withRuntime(text, read, entry, path), GUARD_RUNTIME);
}

/** daemon.json without it. What an engine that has read it before then starts containers with: see `nameEnginesOwn`. */
export function removeGuardRuntime(text: string): Edited {
  if (text.trim() === '') return { text };
  const read = readRuntimes(text);
  if ('problem' in read) return read;
  const { start, runtimes } = read;
  let left = text;
  if (runtimes !== undefined) {
    const own = runtimes.members.some(({ key }) => key === GUARD_RUNTIME);
    if (own && runtimes.members.length === 1) left = removeMember(text, start, ALL);
    else left = removeMember(text, runtimes.member.value.start, GUARD_RUNTIME);
  }
  return { text: read.preset === GUARD_RUNTIME ? removeMember(left, start, DEFAULT) : left };
}

/** An engine keeps the runtime that it has until its file names another. */
export function nameEnginesOwn(text: string | undefined): Edited {
  if (text === undefined || text.trim() === '') return { text: `{\n  "${DEFAULT}": "${ENGINES_OWN}"\n}\n` };
  const read = readRuntimes(text);
  if ('problem' in read) return read;
  return read.preset === undefined ? setDefault(text, ENGINES_OWN) : { text };
}

/** What new containers start with, by the file alone; undefined: it does not say, or can't be read. */
export function defaultRuntime(text: string | undefined): string | undefined {
  const read = readRuntimes(text === undefined || text.trim() === '' ? '{}' : text);
  return 'problem' in read ? undefined : read.preset;
}

interface Runtimes {
  /** Where the object begins. */
  readonly start: number;
  readonly preset: string | undefined;
  readonly runtimes: { readonly member: Member; readonly members: readonly Member[] } | undefined;
}

function readRuntimes(text: string): Runtimes | { readonly problem: string } {
  const start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start));
  } catch (error) {
    return { problem: `it is not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isObject(value)) return { problem: 'it is not a JSON object' };
  const members = membersOf(text, start);
  for (const key of [DEFAULT, ALL])
    if (members.filter((member) => member.key === key).length > 1)
      return { problem: `it has "${key}" more than once` };
  const [preset, all] = [DEFAULT, ALL].map((key) => (Object.hasOwn(value, key) ? value[key] : undefined));
  if (preset !== undefined && typeof preset !== 'string')
    return { problem: `its "${DEFAULT}" is not a name` };
  if (all !== undefined && !isObject(all)) return { problem: `its "${ALL}" is not an object` };
  const member = members.find(({ key }) => key === ALL);
  return {
    start,
    preset,
    runtimes: member && { member, members: membersOf(text, member.value.start) },
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withRuntime(text: string, { start, runtimes }: Runtimes, entry: string, path: string): string {
  if (runtimes === undefined) return addMember(text, start, `"${ALL}": { ${entry} }`);
  const own = runtimes.members.find(({ key }) => key === GUARD_RUNTIME);
  if (own === undefined && runtimes.members.length === 0)
    return replace(text, runtimes.member.value, `{ ${entry} }`);
  if (own === undefined) return addMember(text, runtimes.member.value.start, entry);
  const held: unknown = JSON.parse(text.slice(own.value.start, own.value.end));
  const same = isObject(held) && held['path'] === path && Object.keys(held).length === 1;
  return same ? text : replace(text, own.value, JSON.stringify({ path }));
}

function setDefault(text: string, name: string): Edited {
  const start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const member = membersOf(text, start).find(({ key }) => key === DEFAULT);
  if (member === undefined) return { text: addMember(text, start, `"${DEFAULT}": "${name}"`) };
  const held: unknown = JSON.parse(text.slice(member.value.start, member.value.end));
  return { text: held === name ? text : replace(text, member.value, `"${name}"`) };
}
