import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import type { ProjectOptions } from '../../../compose-ext/index.ts';
import { load, places } from './project-text.ts';

describe('what a stack deploy refuses or ignores', () => {
  const text = `name: shop
services:
  a:
    build: .
    container_name: x
    restart: always
    network_mode: host
    privileged: true
    mem_limit: 1g
    scale: 2
    depends_on: { b: { condition: service_healthy } }
    ports: ["127.0.0.1:80:80", { target: 1, host_ip: 1.2.3.4, name: n }]
  b: { image: b, x-own: 1, depends_on: [a] }
models: {}
configs: { c: { content: x } }
`;
  const expected = [
    'stack-forbidden compose.yaml:3:3',
    'stack-ignored compose.yaml:4:5',
    'stack-ignored compose.yaml:5:5',
    'stack-ignored compose.yaml:6:5',
    'stack-ignored compose.yaml:7:5',
    'stack-ignored compose.yaml:8:5',
    'stack-forbidden compose.yaml:9:5',
    'stack-forbidden compose.yaml:10:5',
    'stack-forbidden compose.yaml:11:17',
    'stack-ignored compose.yaml:12:13',
    'stack-forbidden compose.yaml:12:45',
    'stack-forbidden compose.yaml:14:1',
    'stack-forbidden compose.yaml:15:17',
  ];
  const of = (compose: string, options: ProjectOptions) =>
    places(load({ 'compose.yaml': compose }, ['compose.yaml'], options));

  it('is told for stacks, and for stacks only', () => {
    assert.deepEqual(of(text, { target: 'stack' }), expected);
    assert.deepEqual(of(text, { target: 'compose' }), []);
    assert.deepEqual(of(text, {}), []);
    assert.deepEqual(of(text.replace('x-own: 1', 'deploy: { mode: global }'), {}), expected);
  });

  it('is a service without an image, be it empty or not', () => {
    for (const service of ['{}', '{ user: u }', '{ image: "" }'])
      assert.deepEqual(of(`services: { a: ${service} }`, { target: 'stack' }), [
        'stack-forbidden compose.yaml:1:13',
      ]);
  });

  it('has no variables that docker cannot read', () => {
    const compose = 'services: { w: { image: "w:${A:-${B:-1}}", user: "${A:+x}", hostname: "${A:-y}" } }';
    const { file } = load({ 'compose.yaml': compose }, ['compose.yaml'], { environment: { A: 'z' } });
    assert.deepEqual(parse(file.text), {
      services: { w: { image: 'w:z', user: 'x', hostname: '${A:-y}' } },
    });
  });
});
