import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { loadCompose } from '../../../compose-ext/index.ts';
import { brief } from './fixture.ts';

const peer = (service: string): string =>
  `services: { web: { image: w } }\nx-swarmwall: { policies: [{ name: p, ingress: [{ from: [{ service: ${service} }] }] }] }\n`;
const inWeb = (key: string): string => `services:\n  web: { image: w, ${key} }\n`;

describe('one mistake', () => {
  for (const [text, expected] of [
    [inWeb('labels: { <<: *nope, a: b }'), 'unknown-alias 2 34'],
    [inWeb('labels: { <<: [*nope], a: b }'), 'unknown-alias 2 35'],
    [inWeb('labels: { <<: [5], a: b }'), 'invalid-merge 2 35'],
    [peer('""'), 'invalid-value 2 68'],
    [peer('[web]'), 'invalid-value 2 68'],
    [inWeb('ports: [""]'), 'invalid-port 2 28'],
    [inWeb('ports: [true]'), 'invalid-port 2 28'],
    [inWeb('ports: [[80]]'), 'invalid-value 2 28'],
    [inWeb('ports: [null]'), 'invalid-value 2 28'],
    [inWeb('ports: [{ target: "" }]'), 'invalid-port 2 28'],
    [inWeb('ports: [{ target: true }]'), 'invalid-port 2 28'],
    [inWeb('expose: [""]'), 'invalid-port 2 29'],
    [inWeb('expose: [true]'), 'invalid-port 2 29'],
    [inWeb('expose: [[80]]'), 'invalid-value 2 29'],
    ['services: { m: null }\n', 'invalid-value 1 16'],
    ['services: { m: [] }\n', 'invalid-value 1 16'],
    ['services: { m: {} }\n', 'stack-forbidden 1 13'],
  ] as const)
    it(`is told once: ${text.trim().split('\n').at(-1)}`, () => {
      const { diagnostics, file } = loadCompose(text, { file: 'compose.yaml', target: 'stack' });
      assert.deepEqual(diagnostics.map(brief), [expected]);
      assert.equal(file.sound, false);
    });

  it('is a port that is nothing but a variable without a value', () => {
    for (const key of ['ports: ["${P}"]', 'ports: [{ target: "${P}" }]', 'expose: ["${P}"]']) {
      const options = { file: 'compose.yaml', environment: {} };
      const errors = loadCompose(inWeb(key), options).diagnostics.filter(
        ({ severity }) => severity === 'error',
      );
      assert.deepEqual(
        errors.map(({ code, message }) => [code, message.slice(0, 11)]),
        [['invalid-port', '"" is not a']],
        key,
      );
      assert.ok(loadCompose(inWeb(key), { file: 'compose.yaml' }).file.sound, key);
    }
  });
});
