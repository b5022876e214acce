import assert from 'node:assert/strict';
import { loadPolicies } from '../../../compose-ext/index.ts';

const load = (text: string) => loadPolicies([{ file: 's.yaml', text }]);
const shown = (text: string) =>
  load(text).diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);

describe('cluster settings', () => {
  it('are read, with defaults for what is not written', () => {
    const { documents, diagnostics } = load(
      'kind: ClusterSettings\nname: default\nnodes: strict\nencryption:\nmetadataAddresses: [169.254.169.254, "FD00:EC2::254"]\n',
    );
    assert.deepEqual(diagnostics, []);
    const [document] = documents;
    assert.ok(document?.kind === 'settings');
    assert.deepEqual(document.settings, {
      name: 'default',
      nodes: 'strict',
      encryption: 'verify',
      metadataAddresses: ['169.254.169.254', 'fd00:ec2::254'],
      origin: { file: 's.yaml', line: 1, column: 1 },
    });
  });

  it('tell no addresses from none', () => {
    const [none, absent] = ['metadataAddresses: []', ''].map(
      (line) => load(`kind: ClusterSettings\nname: default\n${line}\n`).documents[0],
    );
    assert.ok(none?.kind === 'settings' && absent?.kind === 'settings');
    assert.deepEqual(none.settings.metadataAddresses, []);
    assert.equal(absent.settings.metadataAddresses, undefined);
  });

  it('have every mistake reported at its place', () => {
    const text = `kind: ClusterSettings
name: mine
nodes: lax
encryption: { on: true }
metadataAddresses:
  - 169.254.0.0/16
  - metadata.internal
  - 7
__proto__: { nodes: strict }
encrypted: true
`;
    assert.deepEqual(shown(text), [
      '2:7 invalid-value "name" must be "default": a Swarm has one ClusterSettings',
      '3:8 invalid-value "nodes" must be one of [permissive, strict]',
      '4:13 invalid-value "encryption" must be one of [verify, required]',
      '6:5 invalid-cidr "169.254.0.0/16" is not an address',
      '7:5 invalid-cidr "metadata.internal" is not an address',
      '8:5 invalid-value "metadataAddresses.2" must be text',
      '9:1 invalid-key a key must be plain text',
      '10:1 unknown-key "encrypted" is not a known key',
    ]);
  });

  it('are no kind of Kubernetes, and one a Swarm', () => {
    assert.deepEqual(shown('apiVersion: v1\nkind: ClusterSettings\nname: default\n'), [
      '2:7 unknown-kind "ClusterSettings" (v1) is not a kind of policy',
    ]);
    const one = 'kind: ClusterSettings\nname: default\n';
    assert.match(shown(`${one}---\n${one}`).join(), /duplicate-name "default" is already the name/u);
    assert.match(shown('kind: ClusterSettings\n').join(), /1:1 missing-key "name" is missing/u);
  });
});
