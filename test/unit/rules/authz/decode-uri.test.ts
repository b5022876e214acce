import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { decode, outcome } from './call.ts';

function reading(uri: string, method = 'GET'): unknown {
  const decoded = decode(method, uri);
  if (decoded.kind === 'refused') return decoded.objection.code;
  const { path, operation, query, apiVersion } = decoded.request;
  return { path, id: operation.id, name: operation.name, query: Object.fromEntries(query), apiVersion };
}

const list = (more: object = {}) => ({
  path: '/containers/json',
  id: 'ContainerList',
  name: undefined,
  query: {},
  apiVersion: undefined,
  ...more,
});

describe('a path is read as the engine routes it', () => {
  const read: readonly (readonly [string, unknown])[] = [
    ['/containers/json', list()],
    ['/v1.41/containers/json', list({ apiVersion: '1.41' })],
    ['/v1.41/%63ontainers/json', list({ apiVersion: '1.41' })],
    ['/v1.41/containers%2fjson', list({ apiVersion: '1.41' })],
    ['/%76%31.41/containers/json', list({ apiVersion: '1.41' })],
    ['/containers/json?', list()],
    ['/containers/json?all=1&&size=', list({ query: { all: ['1'], size: [''] } })],
    ['/containers/json?%61ll=a%2Bb+c', list({ query: { all: ['a+b c'] } })],
    ['/containers/json?all', list({ query: { all: [''] } })],
    ['/containers/json?=x', list({ query: { '': ['x'] } })],
    ['/containers/json?a=b=c?d', list({ query: { a: ['b=c?d'] } })],
    ['/containers/json?__proto__=1', list({ query: { ['__proto__']: ['1'] } })],
    ['/containers/json/', 'decode/unknown-operation'],
    ['/Containers/json', 'decode/unknown-operation'],
    ['/', 'decode/unknown-operation'],
    ['/v1.41', 'decode/unknown-operation'],
    ['//containers/json', 'decode/path'],
    ['/v1.41//containers/json', 'decode/path'],
    ['/v1.41/containers/./json', 'decode/path'],
    ['/v1.41/images/../containers/json', 'decode/path'],
    ['/v1.41/images/%2e%2e/containers/json', 'decode/path'],
    ['/v1.41/images%2f..%2fcontainers/json', 'decode/path'],
    ['/containers/json/..', 'decode/path'],
    ['/v1.41/%2563ontainers/json', 'decode/path'],
    ['/containers/%ff/json', 'decode/path'],
    ['/containers/%zz/json', 'decode/path'],
    ['/containers/%/json', 'decode/path'],
    ['/containers/a%0ab/json', 'decode/path'],
    ['/containers/a%00/json', 'decode/path'],
    ['/containers/a%e2%80%a8b/json', 'decode/path'],
    ['/v1.041/containers/json', 'decode/version'],
    ['/v1.41.0/containers/json', 'decode/version'],
    ['/v.1.41/containers/json', 'decode/version'],
    ['/v01.41/containers/json', 'decode/version'],
    ['/v1.23/containers/json', 'decode/version'],
    ['/v2.0/containers/json', 'decode/version'],
    ['/v1.41a/containers/json', 'decode/unknown-operation'],
    ['http://docker/containers/json', 'decode/uri'],
    ['docker:/containers/json', 'decode/uri'],
    ['*', 'decode/uri'],
    ['', 'decode/uri'],
    ['/containers/json#all', 'decode/uri'],
    ['/containers/json?all=1#x', 'decode/uri'],
    ['/containers/a b/json', 'decode/uri'],
    ['/containers/é/json', 'decode/uri'],
    ['/containers/json?a=1;b=2', 'decode/query'],
    ['/containers/json?a=%zz', 'decode/query'],
    ['/containers/json?a=%ff', 'decode/query'],
    ['/containers/json?%=1', 'decode/query'],
    ['/containers/json?all=1&all=0', 'decode/repeated-parameter'],
    ['/containers/json?all=1&%61ll=0', 'decode/repeated-parameter'],
    [
      '/images/get?names=a&names=b',
      {
        path: '/images/get',
        id: 'ImageGetAll',
        name: 'a',
        query: { names: ['a', 'b'] },
        apiVersion: undefined,
      },
    ],
  ];
  for (const [uri, expected] of read)
    it(JSON.stringify(uri), () => {
      assert.deepEqual(reading(uri), expected);
    });

  for (const method of ['get', 'GeT', 'PATCH', 'TRACE', 'CONNECT', ''])
    it(`knows no method ${JSON.stringify(method)}`, () => {
      assert.equal(reading('/containers/json', method), 'decode/unknown-operation');
    });

  it('however it is escaped', () => {
    const path = '/v1.41/containers/web.1/json';
    const spelling = fc
      .array(fc.nat(2), { minLength: path.length - 1, maxLength: path.length - 1 })
      .map((how) =>
        [...path.slice(1)].map((character, at) => {
          const hex = `%${character.charCodeAt(0).toString(16)}`;
          return [character, hex, hex.toUpperCase()][how[at] ?? 0];
        }),
      )
      .map((parts) => `/${parts.join('')}`);
    const expected = reading(path);
    fc.assert(
      fc.property(spelling, (uri) => {
        assert.deepEqual(reading(uri), expected);
      }),
    );
  });

  it('once: what was read is read as itself', () => {
    const text = fc.string({ unit: fc.constantFrom(...'/v1.4containersj%2fe.=&?+;é\u0000 ') });
    fc.assert(
      fc.property(text, (tail) => {
        const decoded = decode('GET', `/images/${tail}/json`);
        if (decoded.kind === 'refused') return;
        const { path } = decoded.request;
        const again = decode('GET', encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23'));
        assert.equal(again.kind === 'request' && again.request.path, path);
      }),
      { numRuns: 2_000 },
    );
  });

  it('whatever comes, without a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (uri, method) => {
        outcome(decode(method, `/${uri}`));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('who asks', () => {
  it('is nobody on a socket, and the CN over TLS, even an empty one', () => {
    const requester = (user: string, authMethod: string) => {
      const decoded = decode('GET', '/_ping', undefined, { user, authMethod });
      return decoded.kind === 'request' && decoded.request.requester;
    };
    assert.deepEqual(requester('', ''), { kind: 'socket' });
    assert.deepEqual(requester('alice', 'TLS'), { kind: 'user', name: 'alice' });
    assert.deepEqual(requester('', 'TLS'), { kind: 'user', name: '' });
  });
});
