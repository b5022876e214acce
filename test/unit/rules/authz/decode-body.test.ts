import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { OPERATIONS } from '../../../../rules/authz/decode/index.ts';
import { BODY_SHAPES } from '../../../../rules/authz/decode/shapes/body-shapes.ts';
import { create, decode, outcome, plain } from './call.ts';

const PRIVILEGED = { HostConfig: { Privileged: true } };

describe('a body is read as encoding/json reads it', () => {
  const read: readonly (readonly [string, unknown])[] = [
    ['{"HostConfig":{"Privileged":true}}', PRIVILEGED],
    ['{"hostconfig":{"pRIVILEGED":true}}', PRIVILEGED],
    ['{"Ho\\u0073tConfig":{"Privileged":true}}', PRIVILEGED],
    ['{"Ho\u017ftConfig":{"Privileged":true}}', PRIVILEGED],
    ['{"Networ\u212aingConfig":{}}', { NetworkingConfig: {} }],
    [' \t\r\n{ "HostConfig" : { "Privileged" : true } } \n', PRIVILEGED],
    ['{"HostConfig":null}', {}],
    ['null', {}],
    ['{}', {}],
    ['{"HostConfig":{"Privileged":null}}', { HostConfig: {} }],
    ['{"Labels":{"a":"1","A":"2"}}', { Labels: { a: '1', A: '2' } }],
    ['{"Labels":{"a":null}}', { Labels: { a: '' } }],
    ['{"Volumes":{"/a":null}}', { Volumes: { '/a': {} } }],
    ['{"Env":["A=1",null]}', { Env: ['A=1', ''] }],
    ['{"Cmd":"sh","Entrypoint":["a","b"]}', { Cmd: ['sh'], Entrypoint: ['a', 'b'] }],
    ['{"HostConfig":{"CapAdd":"ALL"}}', { HostConfig: { CapAdd: ['ALL'] } }],
    ['{"HostConfig":{"Memory":-0}}', { HostConfig: { Memory: 0 } }],
    ['{"HostConfig":{"Memory":9223372036854775807}}', { HostConfig: { Memory: 9223372036854775807 } }],
    ['{"Note":{"deep":[1,2]},"Image":"a"}', { Image: 'a' }],
    ['{"Image":"\\ud83d\\ude00"}', { Image: '😀' }],
    ['{"Memory":0,"VolumesFrom":[],"Privileged":false}', {}],
    // Refused: chosen by order, or by engine
    ['{"HostConfig":{},"hostconfig":{"Privileged":true}}', 'decode/duplicate-key'],
    ['{"HostConfig":{},"HostConfig":{"Privileged":true}}', 'decode/duplicate-key'],
    ['{"HostConfig":{},"Ho\u017ftConfig":{}}', 'decode/duplicate-key'],
    ['{"Labels":{"a":"1","a":"2"}}', 'decode/duplicate-key'],
    ['{"Labels":{"a":"1","\\u0061":"2"}}', 'decode/duplicate-key'],
    ['{"HostConfig":null,"hostconfig":{"Privileged":true}}', 'decode/duplicate-key'],
    ['{"Privileged":true}', 'decode/outdated-field'],
    ['{"privileged":true,"HostConfig":{}}', 'decode/outdated-field'],
    ['{"Cpuset":"0"}', 'decode/outdated-field'],
    ['{}{"HostConfig":{"Privileged":true}}', 'decode/trailing-data'],
    ['{} x', 'decode/trailing-data'],
    ['{"HostConfig":{"Memory":1e3}}', 'decode/number'],
    ['{"HostConfig":{"Memory":1.0}}', 'decode/number'],
    ['{"HostConfig":{"Memory":9223372036854775808}}', 'decode/number'],
    ['{"HostConfig":{"BlkioWeight":-1}}', 'decode/number'],
    ['{"HostConfig":{"BlkioWeight":65536}}', 'decode/number'],
    ['{"HostConfig":{"Privileged":1}}', 'decode/type'],
    ['{"HostConfig":{"Privileged":"true"}}', 'decode/type'],
    ['{"HostConfig":[]}', 'decode/type'],
    ['{"Image":[]}', 'decode/type'],
    ['{"Env":"A=1"}', 'decode/type'],
    ['{"Labels":{"a":1}}', 'decode/type'],
    ['[]', 'decode/type'],
    ['1', 'decode/type'],
    ['{"a":1e999}', 'decode/number'],
    ['{"HostConfig":{"Memory":01}}', 'decode/json'],
    ['{"a":+1}', 'decode/json'],
    ['{"a":NaN}', 'decode/json'],
    ['{"a":1,}', 'decode/json'],
    ["{'a':1}", 'decode/json'],
    ['{"a":tru}', 'decode/json'],
    ['{/* */}', 'decode/json'],
    ['{"a":"\u0001"}', 'decode/json'],
    ['{"a":"\\x"}', 'decode/json'],
    ['{"a":"b', 'decode/json'],
    ['{"a":"b\\', 'decode/json'],
    ['{"a"', 'decode/json'],
    ['\ufeff{}', 'decode/json'],
    [' ', 'decode/json'],
    ['{"Image":"\\ud800"}', 'decode/encoding'],
    ['{"Image":"a\\u0000b"}', 'decode/encoding'],
    [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'decode/nesting'],
    [`{"a":${'{"a":'.repeat(200_000)}`, 'decode/nesting'],
  ];
  for (const [body, expected] of read)
    it(body.length > 80 ? `${body.slice(0, 40)}…` : body, () => {
      assert.deepEqual(create(body), expected);
    });

  it('refuses bytes that are no UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"Image":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const decoded = decode('POST', '/v1.41/containers/create', '{}', { body });
    assert.equal(outcome(decoded), 'decode/encoding');
  });

  it('a key called __proto__ is a key', () => {
    const decoded = decode(
      'POST',
      '/v1.41/containers/create',
      '{"Labels":{"__proto__":"x"},"__proto__":{"Image":"y"}}',
    );
    assert.ok(decoded.kind === 'request');
    assert.equal(decoded.request.body?.['Image'], undefined);
    assert.deepEqual(Object.keys(decoded.request.body?.['Labels'] ?? {}), ['__proto__']);
  });

  it('takes fields that it does not know as the engine does only where the version is known', () => {
    const body = '{"Image":"a","Container":"x"}';
    assert.deepEqual(create(body, '/v1.41/containers/create'), { Image: 'a' });
    assert.equal(create(body, '/containers/create'), 'decode/unknown-field');
    assert.equal(create(body, '/v1.99/containers/create'), 'decode/unknown-field');
    assert.deepEqual(create('{"Image":"a","Container":null}', '/containers/create'), { Image: 'a' });
  });

  it('has a shape for every operation with a JSON body', () => {
    const json = OPERATIONS.filter(({ body }) => body === 'json').map(({ id }) => id);
    assert.deepEqual([...BODY_SHAPES.keys()].sort(), json.sort());
  });

  it('reads the words of Swarm in any case, and a mount of no type as Swarm does', () => {
    const spec = (text: string) => {
      const decoded = decode('POST', '/v1.41/services/create', text);
      return decoded.kind === 'refused' ? decoded.objection.code : plain(decoded.request.body);
    };
    const mounts = (text: string) => spec(`{"TaskTemplate":{"ContainerSpec":{"Mounts":${text}}}}`);
    const bound = (mount: object) => ({ TaskTemplate: { ContainerSpec: { Mounts: [mount] } } });
    assert.deepEqual(mounts('[{"Type":"BIND","Source":"/"}]'), bound({ Type: 'bind', Source: '/' }));
    assert.deepEqual(mounts('[{"Type":"b\u0131nd","Source":"/"}]'), bound({ Type: 'bind', Source: '/' }));
    assert.deepEqual(mounts('[{"Source":"/"}]'), bound({ Type: 'bind', Source: '/' }));
    assert.deepEqual(mounts('[{"Type":"","Source":"/"}]'), bound({ Type: 'bind', Source: '/' }));
    assert.deepEqual(mounts('[null]'), bound({ Type: 'bind' }));
    assert.equal(mounts('[{"Type":"other","Source":"/"}]'), 'decode/word');
    assert.deepEqual(spec('{"EndpointSpec":{"Ports":[{"PublishMode":"ho\u017ft"}]}}'), {
      EndpointSpec: { Ports: [{ PublishMode: 'host' }] },
    });
    assert.deepEqual(create('{"HostConfig":{"Mounts":[{"Source":"/"}]}}'), {
      HostConfig: { Mounts: [{ Source: '/' }] },
    });
  });

  it('gives a list under its name', () => {
    const decoded = decode('POST', '/v1.41/plugins/pull?remote=a', [{ name: 'network', value: ['host'] }]);
    assert.ok(decoded.kind === 'request');
    assert.deepEqual(plain(decoded.request.body), { list: [{ Name: 'network', Value: ['host'] }] });
  });

  it('names what is made', () => {
    const named = (method: string, uri: string, body?: unknown) => {
      const decoded = decode(method, uri, body);
      return decoded.kind === 'request' && decoded.request.operation.name;
    };
    assert.equal(named('POST', '/v1.41/containers/create?name=web', {}), 'web');
    assert.equal(named('POST', '/v1.41/services/create', { name: 'web' }), 'web');
    assert.equal(named('POST', '/v1.41/networks/create', { NAME: 'back' }), 'back');
    assert.equal(named('POST', '/v1.41/services/abc/update?version=1', { Name: 'web' }), 'abc');
    assert.equal(named('POST', '/v1.41/commit?container=web', null), 'web');
  });
});

describe('a body that is not shown', () => {
  const JSON_TYPE = { 'Content-Type': 'application/json' };
  const refused: readonly (readonly [string, string, string, Readonly<Record<string, string>>, string])[] = [
    [
      'over 1 MiB',
      'POST',
      '/containers/create',
      { ...JSON_TYPE, 'Content-Length': '1048577' },
      'decode/hidden-body',
    ],
    ['chunked', 'POST', '/containers/create', JSON_TYPE, 'decode/hidden-body'],
    ['of no type', 'POST', '/containers/create', { 'Content-Length': '7' }, 'decode/hidden-body'],
    ['in plain text', 'POST', '/containers/create', { 'Content-Type': 'text/plain' }, 'decode/hidden-body'],
    ['hidden by the URI', 'POST', '/containers/create?x=/auth', JSON_TYPE, 'decode/hidden-body'],
    [
      'as a form',
      'POST',
      '/containers/create',
      { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': '9' },
      'decode/content-type',
    ],
    [
      'as a form where none is read',
      'POST',
      '/images/create?fromImage=a',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'decode/content-type',
    ],
    [
      'as a form, badly',
      'POST',
      '/containers/web/kill',
      { 'Content-Type': 'application/x-www-form-urlencoded; =' },
      'decode/content-type',
    ],
    [
      'in parts',
      'PUT',
      '/containers/web/archive?path=/',
      { 'Content-Type': 'multipart/form-data; boundary=x' },
      'decode/content-type',
    ],
    [
      'of two types',
      'POST',
      '/containers/prune',
      { 'Content-Type': 'application/json, x/y' },
      'decode/content-type',
    ],
  ];
  for (const [how, method, uri, headers, code] of refused)
    it(`is refused: ${how}`, () => {
      assert.equal(outcome(decode(method, uri, undefined, { headers })), code);
    });

  it('is refused where none is needed, but a first Content-Type header may have made a form of it', () => {
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': '9' };
    for (const uri of ['/images/create?fromImage=a', '/containers/web/kill', '/plugins/web/disable'])
      assert.equal(outcome(decode('POST', uri, undefined, { headers })), 'decode/hidden-body', uri);
    assert.equal(decode('POST', '/images/create?fromSrc=-', undefined, { headers }).kind, 'request');
    assert.equal(decode('POST', '/containers/web/kill', '{}').kind, 'request');
  });

  it('is none when the client says so', () => {
    for (const uri of ['/containers/create', '/volumes/create', '/containers/web/kill']) {
      const decoded = decode('POST', uri, undefined, { headers: { 'Content-Length': '0' } });
      assert.equal(decoded.kind, 'request', uri);
    }
  });

  it('may be where nothing, or a stream, is read', () => {
    for (const [uri, type] of [
      ['/containers/web/start', undefined],
      ['/containers/web/attach?stdin=1', 'text/plain'],
      ['/build?t=a', 'application/x-tar'],
      ['/images/load', 'application/x-tar'],
      ['/auth', 'application/json'],
      ['/session', undefined],
      ['/grpc', undefined],
    ] as const)
      assert.equal(
        decode('POST', uri, undefined, { headers: { 'Content-Type': type } }).kind,
        'request',
        uri,
      );
  });

  it('must be JSON by its type, in whatever way that is said', () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json; charset=utf-8',
      'application/json;charset="UTF-8"',
    ])
      assert.equal(
        decode('POST', '/containers/create', '{}', { headers: { 'Content-Type': type } }).kind,
        'request',
        type,
      );
    assert.equal(
      outcome(decode('POST', '/containers/create', '{}', { headers: { 'Content-Type': 'text/plain' } })),
      'decode/content-type',
    );
  });
});

describe('two spellings of one body', () => {
  /** A body of the documented form, and one that Go reads as the same. */
  const host = fc.record(
    {
      Privileged: fc.boolean(),
      Memory: fc.maxSafeInteger(),
      Binds: fc.array(fc.string()),
      CapAdd: fc.array(fc.constantFrom('ALL', 'NET_RAW')),
      Sysctls: fc.dictionary(fc.string(), fc.string()),
      Mounts: fc.array(
        fc.record({ Type: fc.constantFrom('bind', 'volume'), Source: fc.string(), ReadOnly: fc.boolean() }),
      ),
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    { Image: fc.string(), Labels: fc.dictionary(fc.string(), fc.string()), HostConfig: host },
    { requiredKeys: [] },
  );

  function respell(value: unknown, structure: boolean, pick: () => number): string {
    if (typeof value === 'string')
      return `"${[...value].map((c) => (c < ' ' || pick() === 0 ? escaped(c) : JSON.stringify(c).slice(1, -1))).join('')}"`;
    if (Array.isArray(value)) return `[${value.map((item) => respell(item, true, pick)).join(' , ')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const pairs = Object.entries(value).map(([key, inner]) => {
      const maps = key === 'Labels' || key === 'Sysctls';
      const name = structure ? [...key].map((c) => anyCase(c, pick())).join('') : key;
      return ` ${respell(name, structure, pick)}\t:\n${respell(inner, !maps, pick)}`;
    });
    return `{${pairs.join(',')}}`;
  }
  const escaped = (c: string) =>
    [...Array(c.length).keys()].map((at) => `\\u${c.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  function anyCase(c: string, how: number): string {
    if (how === 1) return c.toUpperCase();
    if (how === 2) return c.toLowerCase();
    if (how === 3 && /[sk]/iu.test(c)) return /s/iu.test(c) ? '\u017f' : '\u212a';
    return c;
  }

  it('are one request, and reading it once more changes nothing', () => {
    fc.assert(
      fc.property(body, fc.infiniteStream(fc.nat(5)), (value, stream) => {
        const pick = () => stream.next().value as number;
        const expected = create(JSON.stringify(value));
        if (typeof expected === 'string') return;
        assert.deepEqual(create(respell(value, true, pick)), expected);
        assert.deepEqual(create(JSON.stringify(expected)), expected);
      }),
    );
  });

  it('but with a field twice, none', () => {
    fc.assert(
      fc.property(body, fc.constantFrom('image', 'IMAGE', 'hostConfig', 'Labels'), (value, again) => {
        const text = JSON.stringify({ Image: 'a', HostConfig: {}, Labels: {}, ...value });
        assert.equal(create(`${text.slice(0, -1)},"${again}":null}`), 'decode/duplicate-key');
      }),
    );
  });

  it('whatever comes, without a fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0e1.-ntf "') })),
        (text) => {
          create(text);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
