import assert from 'node:assert/strict';
import { mirrorIn } from '../../../../plugin/packaging/debian-mirror.ts';

describe('mirrorIn', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['deb http://ftp.example.org/debian bookworm main', 'http://ftp.example.org/debian'],
    ['deb [signed-by=/a.gpg] https://m.example.org/debian/ bookworm main', 'https://m.example.org/debian'],
    ['Types: deb\nURIs: http://m.example.org/debian\nSuites: bookworm', 'http://m.example.org/debian'],
    [
      'URIs: http://m.example.org/debian-security\nURIs: http://m.example.org/debian',
      'http://m.example.org/debian',
    ],
    ['# deb http://m.example.org/debian bookworm main', undefined],
    ['deb-src http://m.example.org/debian bookworm main', undefined],
    ['deb https://other.example.org/node_20.x nodistro main', undefined],
  ];
  for (const [sources, expected] of cases)
    it(`${JSON.stringify(sources.slice(0, 50))} → ${expected ?? 'none'}`, () => {
      assert.equal(mirrorIn(sources), expected);
    });
});
