import assert from 'node:assert/strict';
import { checkGroups, loadPolicies } from '../../../compose-ext/index.ts';

const load = (text: string) => loadPolicies([{ file: 'p.yaml', text }]);

describe('node policies', () => {
  it('are read with all they may say', () => {
    const { documents, diagnostics } = load(`kind: NodePolicy
name: ssh
nodeSelector: { matchLabels: { node.role: worker } }
default: allow
ingress:
  - name: admins
    from:
      - ipBlock: { cidr: 10.0.0.0/8, except: [10.9.0.0/16] }
      - nodes: true
      - group: office
    ports: [{ port: 22 }, { port: 9000, endPort: 9100, protocol: UDP }, { protocol: sctp }]
  - from: [{ any: true }]
failsafe: [{ port: 2222 }]
rollbackAfter: 5m
`);
    assert.deepEqual(diagnostics, []);
    const [document] = documents;
    assert.ok(document?.kind === 'node');
    const at = (line: number) => ({ file: 'p.yaml', line, column: 5 });
    assert.deepEqual(document.node, {
      name: 'ssh',
      nodes: { matchLabels: { 'node.role': 'worker' }, matchExpressions: [] },
      default: 'allow',
      ingress: [
        {
          name: 'admins',
          peers: [
            { kind: 'ipBlock', cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] },
            { kind: 'nodes' },
            { kind: 'group', group: 'office' },
          ],
          ports: [
            { protocol: 'tcp', port: 22 },
            { protocol: 'udp', port: 9000, endPort: 9100 },
            { protocol: 'sctp' },
          ],
          origin: at(6),
        },
        { peers: [{ kind: 'any' }], ports: [], origin: at(12) },
      ],
      failsafe: [{ protocol: 'tcp', port: 2222 }],
      rollbackAfter: 300,
      origin: { file: 'p.yaml', line: 1, column: 1 },
    });
    assert.deepEqual(
      checkGroups(documents).map(({ code, line }) => `${code} ${line}`),
      ['unknown-group 10'],
    );
  });

  it('deny what no rule allows, and are taken back after two minutes, unless they say otherwise', () => {
    const [document] = load('kind: NodePolicy\nname: closed\n').documents;
    assert.ok(document?.kind === 'node');
    const { default: otherwise, failsafe, rollbackAfter, ingress } = document.node;
    assert.deepEqual([otherwise, failsafe, rollbackAfter, ingress], ['deny', undefined, 120, []]);
  });

  it('have every mistake reported at its place', () => {
    const { diagnostics } = load(`kind: NodePolicy
name: Wrong
nodeSelector: { matchLabel: {} }
default: drop
ingress:
  - from: []
  - ports: [{ port: http }, { port: 70000 }, { port: 9, endPort: 8 }]
    from:
      - { nodes: true, any: true }
      - { ipBlock: { cidr: 10.0.0.0/33 } }
      - { ipBlock: { cidr: 10.0.0.0/8, except: [11.0.0.0/9] } }
      - { service: shop/web }
failsafe: [{ protocol: TCP }]
rollbackAfter: 1h
__proto__: { name: x }
`);
    assert.deepEqual(
      diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
      [
        '2:7 invalid-value "name" must be small letters, digits, ".", "_" and "-", with a letter or digit at either end',
        '3:17 unknown-key "nodeSelector.matchLabel" is not a known key',
        '4:10 invalid-value "default" must be one of [deny, allow]',
        '6:11 invalid-value "ingress.0.from" must name somebody; everybody is "any: true"',
        '7:21 invalid-value "ingress.1.ports.0.port" must be a number',
        '7:37 invalid-value "ingress.1.ports.1.port" must be less than or equal to 65535',
        '7:66 invalid-ports endPort 8 is below port 9',
        '9:9 invalid-value "ingress.1.from.0" mixes kinds of peers: [nodes, any] cannot stand together',
        '10:28 invalid-cidr "10.0.0.0/33" is not an address block',
        '11:49 invalid-cidr the exception 11.0.0.0/9 is not inside 10.0.0.0/8',
        '12:9 invalid-value "ingress.1.from.3" must be a peer: ipBlock, nodes, group, any',
        '12:11 unknown-key "ingress.1.from.3.service" is not a known key',
        '13:12 missing-key "failsafe.0.port" is missing',
        '14:16 invalid-value "rollbackAfter": "1h" is not a time',
        '15:1 invalid-key a key must be plain text',
      ],
    );
  });
});
