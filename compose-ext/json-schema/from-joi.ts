import type Joi from 'joi';

/** JSON Schema, draft-07: the newest that the YAML language servers know well. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What `describe()` gives, as far as x-swarmwall's schema uses joi. */
interface Description {
  readonly type: string;
  readonly flags?: {
    readonly only?: boolean;
    readonly empty?: unknown;
    readonly presence?: string;
    readonly description?: string;
  };
  readonly allow?: readonly unknown[];
  readonly keys?: Readonly<Record<string, Description>>;
  readonly patterns?: readonly { readonly rule: Description }[];
  readonly items?: readonly Description[];
  readonly rules?: readonly { readonly name: string; readonly args?: Readonly<Record<string, unknown>> }[];
  readonly matches?: readonly { readonly schema: Description }[];
  readonly dependencies?: readonly {
    readonly rel: string;
    readonly key?: string;
    readonly peers: readonly string[];
  }[];
  readonly whens?: readonly {
    readonly ref: { readonly path: readonly string[] };
    readonly switch: readonly { readonly is: Description; readonly then: Description }[];
  }[];
}

/** Text with a variable in it becomes what is wanted only when it is replaced. */
const VARIABLE = { type: 'string', pattern: '\\$' };

export function fromJoi(schema: Joi.Schema): JsonSchema {
  return convert(schema.describe() as Description);
}

function convert(from: Description): JsonSchema {
  const { flags = {} } = from;
  const to = flags.only === true ? { anyOf: [{ enum: from.allow }, VARIABLE] } : byType(from);
  const described = flags.description === undefined ? {} : { description: flags.description };
  // `empty(null)`: a key with nothing after it counts as not written.
  const nullable = flags.empty !== undefined && typeof to['type'] === 'string';
  return { ...described, ...to, ...(nullable ? { type: [to['type'], 'null'] } : {}) };
}

function byType(from: Description): JsonSchema {
  switch (from.type) {
    case 'object':
      return objectSchema(from);
    case 'array':
      return {
        type: 'array',
        ...(from.items?.[0] ? { items: convert(from.items[0]) } : {}),
        ...limits(from, 'Items'),
      };
    case 'alternatives':
      return { anyOf: (from.matches ?? []).map(({ schema }) => convert(schema)) };
    case 'string':
      return {
        type: 'string',
        ...(from.allow?.includes('') ? {} : { minLength: 1 }),
        ...limits(from, 'Length'),
      };
    case 'boolean':
      return { anyOf: [{ type: 'boolean' }, VARIABLE] };
    case 'number': {
      const whole = from.rules?.some(({ name }) => name === 'integer');
      return { anyOf: [{ type: whole ? 'integer' : 'number', ...limits(from, 'imum') }, VARIABLE] };
    }
    default:
      throw new TypeError(`joi's ${from.type} has no JSON Schema here`);
  }
}

/** `min` and `max` are named after what they limit: minItems, maxLength, minimum. */
function limits({ rules = [] }: Description, what: 'Items' | 'Length' | 'imum'): JsonSchema {
  return Object.fromEntries(
    rules.flatMap(({ name, args = {} }): (readonly [string, unknown])[] => {
      if (name === 'pattern') return [['pattern', patternOf(args['regex'])]];
      return name === 'min' || name === 'max' ? [[`${name}${what}`, args['limit']]] : [];
    }),
  );
}

function patternOf(regex: unknown): string {
  return regex instanceof RegExp ? regex.source : String(regex).replace(/^\/|\/[a-z]*$/g, '');
}

function objectSchema({ keys = {}, patterns, dependencies = [] }: Description): JsonSchema {
  const required = Object.keys(keys).filter((key) => keys[key]?.flags?.presence === 'required');
  const conditions = [...dependencies.map(condition), ...Object.entries(keys).flatMap(whenConditions)];
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, convert(value)])),
    additionalProperties: patterns?.[0] ? convert(patterns[0].rule) : false,
    ...(required.length > 0 ? { required } : {}),
    ...(conditions.length > 0 ? { allOf: conditions } : {}),
  };
}

const NULL = { type: 'null' };
const written = (key: string): JsonSchema => ({ required: [key], properties: { [key]: { not: NULL } } });

function condition({ rel, key = '', peers }: NonNullable<Description['dependencies']>[number]): JsonSchema {
  if (rel === 'or') return { anyOf: peers.map(written) };
  if (rel === 'xor') return { oneOf: peers.map(written) };
  if (rel === 'without')
    return { if: written(key), then: { properties: Object.fromEntries(peers.map((peer) => [peer, NULL])) } };
  throw new TypeError(`joi's ${rel} has no JSON Schema here`);
}

function whenConditions([key, { whens = [] }]: readonly [string, Description]): JsonSchema[] {
  return whens.flatMap(({ ref, switch: cases }) =>
    cases.map(({ is, then }) => ({
      if: { properties: { [ref.path[0] ?? '']: { enum: is.allow } } },
      then: {
        properties: { [key]: convert(then) },
        ...(then.flags?.presence === 'required' ? { required: [key] } : {}),
      },
    })),
  );
}
