import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '../../../../../rules/authz/api-request.ts';
import { REDACTED, redact, redactQuery, redactText } from '../../../../../rules/authz/audit/redact.ts';

const SECRET = 'hunter2-Zq9';
const shown = (value: unknown) => JSON.stringify(redact(value as Json));

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      [...word].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
    );
const secretName = some(
  ...[
    'password',
    'db_passwd',
    'MYSQL_ROOT_PASSWORD',
    'api_token',
    'secret',
    'AWS_SECRET_ACCESS_KEY',
    'apikey',
  ],
  ...[
    'registry-auth',
    'credentials',
    'private_key',
    'splunk-token',
    'DATABASE_DSN',
    'session_cookie',
    'jwt',
    'MY.PAT',
  ],
).chain(anyCase);
const hiddenKey = some('Data', 'BuildArgs', 'JoinTokens', 'JoinToken', 'UnlockKey', 'SigningCAKey').chain(
  anyCase,
);
/** What a secret may stand in beside it. */
const value = fc.oneof(
  fc.constant(SECRET),
  fc.string({ maxLength: 5 }).map((more) => `${SECRET}${more.replaceAll(/[=:]/gu, '')}`),
);

const planted: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .tuple(
      hiddenKey,
      fc.oneof(
        value,
        value.map((x) => ({ Worker: x })),
        value.map((x) => [x]),
      ),
    )
    .map(([k, v]) => ({ [k]: v })),
  fc
    .tuple(
      secretName,
      fc.oneof(
        value,
        value.map((x) => [{ deep: x }]),
      ),
    )
    .map(([k, v]) => ({ [k]: v })),
  fc
    .tuple(secretName, value)
    .map(([name, x]) => ({ Env: ['A=1', `${name}=${x} with spaces, and = more ${SECRET}`] })),
  fc.tuple(secretName, value).map(([name, x]) => ({ env: { [name]: x } })),
  fc.tuple(secretName, value).map(([name, x]) => [`--${name}=${x}`]),
  secretName.map((name) => ['run', `--${name}`, SECRET]),
  secretName.map((name) => `sh -c "tool --${name} ${SECRET} --other"`),
  secretName.map((name) => `addr=10.0.0.1,${name}=${SECRET},vers=3`),
  secretName.map((name) => `{"x":1,"${name}":"${SECRET} ${SECRET}"}`),
  secretName.map((name) => JSON.stringify(JSON.stringify({ [name]: `${SECRET} x` }))),
  fc.constant(`postgres://root:${SECRET}@db:5432/x`),
  fc.constant(`see https://${SECRET}@registry.example.com/v2`),
  fc.constant(`Authorization: Bearer ${SECRET}`),
);
const nested = (inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(some('HostConfig', 'TaskTemplate', 'ContainerSpec', '__proto__', 'x'), fc.boolean()), {
      maxLength: 6,
    })
    .chain((way) =>
      inner.map((at) =>
        way.reduce<unknown>(
          (value, [key, list]) =>
            list
              ? [1, value, 'y']
              : Object.fromEntries([
                  [key, value],
                  ['Name', 'web'],
                ]),
          at,
        ),
      ),
    );

describe('what the audit log writes of a body', () => {
  it('never has a planted secret in it, however deep, in whatever case and form', () => {
    fc.assert(
      fc.property(nested(planted), (body) => {
        const text = shown(body);
        assert.ok(!text.includes(SECRET), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('nor what is left of one that is cut', () => {
    const long = 'x'.repeat(1_990);
    assert.ok(!redactText(`${long} https://user:${SECRET}@host/${long}`).includes('hunter2'));
    assert.ok(!redactText(`${long}https://user:${SECRET}@host/${long}`).includes('hunter2'));
    assert.ok(!redactText(`${long} password="${SECRET} and ${long}"`).includes('hunter2'));
  });

  it('is otherwise what was sent', () => {
    const body = {
      Image: 'registry.example.com:5000/shop/web:1.2@sha256:abc',
      Env: ['LOG_LEVEL=debug', 'PATH=/usr/bin:/bin'],
      Cmd: ['sleep', '--time', '10'],
      HostConfig: { Binds: ['/etc:/etc:ro'], NetworkMode: 'host', Privileged: true, Memory: 1e9 },
      Secrets: [{ SecretID: 'abc', SecretName: 'db', File: { Name: 'db', UID: '0' } }],
      Labels: { 'com.docker.stack.namespace': 'shop', 'swarmwall.ingress': 'world:80,443' },
      Empty: null,
    };
    assert.deepEqual(JSON.parse(shown(body)), body);
    assert.equal(redactText('https://example.com/a?b=c'), 'https://example.com/a?b=c');
  });

  it('keeps a key called __proto__ a key', () => {
    assert.equal(shown(JSON.parse('{"__proto__":{"a":1}}')), '{"__proto__":{"a":1}}');
  });

  it('ends, and soon, on what is deep or long', () => {
    let deep: unknown = SECRET;
    for (let n = 0; n < 5_000; n += 1) deep = [deep];
    assert.ok(!shown(deep).includes(SECRET));
    const words = 'a-'.repeat(400_000);
    assert.ok(redactText(words).length < 3_000);
    assert.ok(shown(Array.from({ length: 500 }, () => 'a.'.repeat(1_000))).length > 1_000);
  });

  it('has of a query no arguments of builds, nor secrets in URLs and JSON', () => {
    const query = new Map([
      ['buildargs', [`{"HTTP_PROXY":"${SECRET}"}`]],
      ['remote', [`https://user:${SECRET}@example.com/x.git`]],
      ['labels', [`{"token":"${SECRET}","a":"b"}`]],
      ['t', ['shop/web:1']],
    ]);
    assert.deepEqual(
      { ...redactQuery(query) },
      {
        buildargs: REDACTED,
        remote: [`https://${REDACTED}@example.com/x.git`],
        labels: [`{"token":"${REDACTED}","a":"b"}`],
        t: ['shop/web:1'],
      },
    );
  });
});
