import assert from 'node:assert/strict';
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
