import { foldKey } from './shape.ts';
import type { Field, Shape } from './shape.ts';

const int = (bits: bigint): Shape => ({
  kind: 'int',
  least: -(2n ** (bits - 1n)),
  most: 2n ** (bits - 1n) - 1n,
});
const uint = (bits: bigint): Shape => ({ kind: 'int', least: 0n, most: 2n ** bits - 1n });

export const STRING: Shape = { kind: 'string' };
export const TEXTS: Shape = { kind: 'list', of: STRING };
export const TEXT_MAP: Shape = { kind: 'map', of: STRING };
export const UINT: Shape = uint(64n);

/** Go's types of plain fields. */
const PLAIN = {
  string: STRING,
  bool: { kind: 'bool' },
  float: { kind: 'float' },
  int: int(64n),
  uint16: uint(16n),
  uint32: uint(32n),
  uint: UINT,
  /** `[]string`; `[]byte` is a string in base64. */
  texts: TEXTS,
  /** `strslice.StrSlice` */
  strings: { kind: 'strings' },
  textMap: TEXT_MAP,
} as const satisfies Readonly<Record<string, Shape>>;

export type Words = Partial<Readonly<Record<keyof typeof PLAIN, string>>>;

export const list = (of: Shape): Shape => ({ kind: 'list', of });
export const map = (of: Shape): Shape => ({ kind: 'map', of });

/** `swarmapi.…_value[strings.ToUpper(…)]` in moby's `daemon/cluster/convert`. */
export const word = (words: string, absent?: string): Shape => ({
  kind: 'word',
  words: words.split(' '),
  ...(absent === undefined ? {} : { absent }),
});

/** `struct({ string: 'Name Image' }, { Mounts: list(mount) })`: plain fields as words, by type; the others by name. */
export function struct(words: Words, others: Readonly<Record<string, Shape>> = {}): Shape {
  const fields = new Map<string, Field>();
  const add = (name: string, shape: Shape): void => void fields.set(foldKey(name), { name, shape });
  for (const [type, names] of Object.entries(words))
    for (const name of names.split(' ')) add(name, PLAIN[type as keyof typeof PLAIN]);
  for (const [name, shape] of Object.entries(others)) add(name, shape);
  return { kind: 'struct', fields };
}

/** The fields of both, as of a structure that embeds another. */
export function withFields(shape: Shape, more: Shape): Shape {
  if (shape.kind !== 'struct' || more.kind !== 'struct') return shape;
  return { kind: 'struct', fields: new Map([...more.fields, ...shape.fields]) };
}

/** Fields that engines read and no client of today sends: whatever they say is refused. */
export function outdated(shape: Shape): Shape {
  if (shape.kind !== 'struct') return shape;
  const fields = [...shape.fields].map(([key, field]) => [key, { ...field, outdated: true }] as const);
  return { kind: 'struct', fields: new Map(fields) };
}
