import fc from 'fast-check';
import { CONTAINER_FIELDS, HOST_FIELDS, SERVICE_FIELDS, TASK_FIELDS, VOLUME_FIELDS } from './fields.ts';
import type { FieldTexts } from './fields.ts';

export type Kind = 'container' | 'service' | 'volume';

/** What goes out on the wire, and how. */
export interface FuzzBody {
  readonly kind: Kind;
  /** The request's target. */
  readonly uri: string;
  /** `@NAME@` stands where it names what is made. */
  readonly text: Buffer;
  readonly contentType: string | undefined;
  readonly chunked: boolean;
}

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 14, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

/** A key as documented, in another case, with the two letters that fold to ASCII, escaped, or nearly right. */
function keyText(name: string): fc.Arbitrary<string> {
  const cases = fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length });
  return fc.oneof(
    { weight: 10, arbitrary: fc.constant(JSON.stringify(name)) },
    {
      weight: 3,
      arbitrary: cases.map((up) =>
        JSON.stringify([...name].map((c, at) => (up[at] ? c.toUpperCase() : c.toLowerCase())).join('')),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant(JSON.stringify(name.replace(/s/iu, '\u017f').replace(/k/iu, '\u212a'))),
    },
    {
      weight: 1,
      arbitrary: cases.map((hidden) => `"${[...name].map((c, at) => (hidden[at] ? hex(c) : c)).join('')}"`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        JSON.stringify(`${name} `),
        JSON.stringify(`${name}\u0000`),
        JSON.stringify(name.replace('o', '\u043e')),
        JSON.stringify(`\ufeff${name}`),
        JSON.stringify(name.replaceAll('i', '\u0131')),
        `"${name}\\ud800"`,
        "'x'",
      ),
    },
  );
}

const hex = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

const space = often('', ' ', '\n\t', '\r\n', '\u00a0', '/**/', '\f');

/** Pairs by chance, so that a name comes twice now and then, in one spelling or in two. */
function pairs(fields: FieldTexts, most: number): fc.Arbitrary<readonly string[]> {
  const pair = fc
    .constantFrom(...Object.entries(fields))
    .chain(([name, texts]) =>
      fc
        .tuple(keyText(name), fc.constantFrom(...texts), space, space)
        .map(([key, value, before, after]) => `${before}${key}:${after}${value}`),
    );
  return fc.array(pair, { minLength: 0, maxLength: most });
}

const object = (members: readonly string[]): string => `{${members.join(',')}}`;

function nested(name: string, inside: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  const one = fc.tuple(keyText(name), inside).map(([key, value]) => `${key}:${value}`);
  return fc.oneof(
    { weight: 16, arbitrary: fc.tuple(one) },
    { weight: 3, arbitrary: fc.tuple(one, one) },
    { weight: 1, arbitrary: fc.constantFrom([`"${name}":null`], [`"${name}":[]`], []) },
  );
}

function shuffled(parts: readonly fc.Arbitrary<readonly string[]>[]): fc.Arbitrary<string> {
  return fc
    .tuple(...parts)
    .map((lists) => lists.flat())
    .chain((members) =>
      fc.shuffledSubarray([...members], { minLength: members.length, maxLength: members.length }),
    )
    .map(object);
}

const container = shuffled([
  nested('Image', fc.constant('"swarmwall/demo:1"')),
  pairs(CONTAINER_FIELDS, 2),
  nested('HostConfig', pairs(HOST_FIELDS, 4).map(object)),
  // What engines up to 26 take beside `HostConfig`, too.
  fc.oneof({ weight: 12, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: pairs(HOST_FIELDS, 1) }),
]);

const task = shuffled([
  nested(
    'ContainerSpec',
    pairs(TASK_FIELDS, 4).map((members) => object(['"Image":"swarmwall/demo:1"', ...members])),
  ),
]);
const service = shuffled([
  fc.constant(['"Name":"@NAME@"', '"Mode":{"Replicated":{"Replicas":0}}']),
  pairs(SERVICE_FIELDS, 2),
  nested('TaskTemplate', task),
]);

const volume = shuffled([fc.constant(['"Name":"@NAME@"']), pairs(VOLUME_FIELDS, 4)]);

const BYTES: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0xaf]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0]),
  ...['"', '{', '}', '[', ']', ',', ':', '\\', '\\u0000', '1', 'e', 'null', ' '].map((text) =>
    Buffer.from(text),
  ),
];

/** The text as it is, or with one thing put in, left out or replaced. */
function broken(text: string): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(text);
  const damage = fc
    .tuple(fc.nat(whole.length), fc.constantFrom(...BYTES), fc.nat(2))
    .map(([at, bytes, left]) => Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + left)]));
  return fc.oneof({ weight: 12, arbitrary: fc.constant(whole) }, { weight: 1, arbitrary: damage });
}

const BEFORE = often('', '\ufeff', ' ', '\u0000', '{}', 'null');
const AFTER = often(
  '',
  '\n',
  ' {}',
  '{"HostConfig":{"Privileged":true}}',
  'x',
  ',',
  '\u0000',
  ']',
  'null',
  '\u00a0',
);

const PATHS: Readonly<Record<Kind, string>> = {
  container: 'containers/create',
  service: 'services/create',
  volume: 'volumes/create',
};

function uriOf(kind: Kind): fc.Arbitrary<string> {
  const path = PATHS[kind];
  return often(
    `/v1.41/${path}`,
    `/${path}`,
    `/v1.41//${path}`,
    `/v1.41/./${path}`,
    `/v1.41/images/../${path}`,
    `/v1.041/${path}`,
    `/v1.41.0/${path}`,
    `/v1.41/${path.replace('c', '%63')}`,
    `/v1.41/${path.replace('c', '%2563')}`,
    `/v1.41/${path.replace('/', '%2f')}`,
    `/v1.41/${path}/`,
    `http://docker/v1.41/${path}`,
    `/v1.41/${path}?x=/auth`,
    `/v1.41/${path}?a=1;b=2`,
    `/v1.41/${path}#x`,
    `/v1.41/${path};x`,
  );
}

export const fuzzBody: fc.Arbitrary<FuzzBody> = fc
  .oneof(
    { weight: 7, arbitrary: fc.tuple(fc.constant<Kind>('container'), container) },
    { weight: 2, arbitrary: fc.tuple(fc.constant<Kind>('service'), service) },
    { weight: 2, arbitrary: fc.tuple(fc.constant<Kind>('volume'), volume) },
  )
  .chain(([kind, text]) =>
    fc.tuple(BEFORE, AFTER).chain(([before, after]) =>
      fc.record({
        kind: fc.constant(kind),
        uri: uriOf(kind),
        text: broken(`${before}${text}${after}`),
        contentType: often<string | undefined>(
          'application/json',
          'Application/JSON',
          'application/json; charset=utf-8',
          'application/json;x',
          'application/json, text/plain',
          'text/json',
          'application/x-www-form-urlencoded',
          undefined,
        ),
        chunked: often(false, true),
      }),
    ),
  );
