import assert from 'node:assert/strict';
import { buildModel, compile, loadCompose } from '../../../compose-ext/index.ts';
import { readServiceLabels } from '../../../compose-ext/service-labels.ts';
import { lint } from './fixture.ts';

const TEXT = `services:
  dns:
    image: dns
    ports: ["53:53/udp"]
    x-swarmwall:
      ports:
        - { name: dns, port: 53, protocol: UDP }
        - { name: dns-tcp, port: 53 }
        - { name: sig, port: 7777, protocol: SCTP }
x-swarmwall:
  nameLabel: false
  labels: { team: x }
`;
const PORTS = [
  { protocol: 'udp', target: 53, published: 53, mode: 'ingress', name: 'dns' },
  { protocol: 'tcp', target: 53, name: 'dns-tcp' },
  { protocol: 'sctp', target: 7777, name: 'sig' },
];
const LABELS = { team: 'x', 'kubernetes.io/metadata.name': 'net' };

function load(text: string) {
  const { file, diagnostics } = loadCompose(text, { file: 'c.yaml', stack: 'net' });
  assert.deepEqual(diagnostics, []);
  return { file, model: buildModel([file]).model };
}

describe('x-swarmwall of a service', () => {
  it('names its ports, published or not', () => {
    const [stack] = load(TEXT).model.stacks;
    assert.deepEqual(stack?.services[0]?.ports, PORTS);
    assert.equal(stack?.annotated, true);
  });

  it('takes the label "name" away from the stack', () =>
    assert.deepEqual(load(TEXT).model.stacks[0]?.labels, LABELS));

  it('travels in the compiled label, and compiling again changes nothing', () => {
    const { file } = load(TEXT);
    const { text } = compile(file);
    const again = load(text);
    const label = again.file.services[0]?.compiled ?? '';
    const read = readServiceLabels({ stack: 'net', service: 'dns', labels: { 'swarmwall.compiled': label } });
    assert.deepEqual(read.diagnostics, []);
    assert.deepEqual([read.ports, read.settings?.labels], [PORTS, LABELS]);
    assert.equal(compile(again.file).text, text);
  });

  it('says every mistake, at its place', () => {
    const wrong = `services:
  web:
    image: x
    x-swarmwall:
      ports:
        - { name: "80", port: 80 }
        - { port: 81 }
        - { name: x, port: 70000 }
        - { name: y, port: 1, protokol: TCP }
      port: []
`;
    assert.deepEqual(
      lint(wrong).map(({ code, line }) => `${code} ${line}`),
      ['invalid-ports 6', 'missing-key 7', 'invalid-value 8', 'unknown-key 9', 'unknown-key 10'],
    );
  });
});
