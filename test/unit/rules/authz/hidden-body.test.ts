import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decode, outcome } from './call.ts';

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
