import assert from 'node:assert/strict';
import { readAdmissionPolicy } from '../../../compose-ext/authz/read-admission-policy.ts';
import { readDocuments } from '../../../compose-ext/kubernetes/read-documents.ts';
import { createReport } from '../../../compose-ext/report.ts';
import { sourceText } from '../../../compose-ext/syntax/source-text.ts';

function read(text: string) {
  const report = createReport();
  const source = sourceText('a.yaml', text);
  const [document] = readDocuments(source, report);
  const policy = readAdmissionPolicy(document!.tree, { source, report });
  return {
    policy,
    problems: report.diagnostics.map(
      ({ line, column, code, message, hint }) =>
        `${line}:${column} ${code} ${message}${hint && ` | ${hint}`}`,
    ),
  };
}

describe('an AdmissionPolicy document', () => {
  it('is read whole', () => {
    const { policy, problems } = read(`kind: AdmissionPolicy
name: apps
match: { stacks: ["team-*"], users: [ci, "@socket"], networks: [back] }
level: restricted
mode: warn
exempt: [read-only-root]
allow: { hostPaths: [/srv/data], capabilities: [cap_net_admin, SYS_TIME], hostPorts: [80, 8000-8099], sysctls: [net.core.somaxconn], volumeDrivers: [rexray] }
runtimes: [runsc]
images: { registries: [registry.example.com/team/*, "registry.example.com:5000"], require: digest }
require: { labels: [owner], networkPolicy: true, encryptedNetwork: false, memoryLimit: true }
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(policy, {
      name: 'apps',
      match: { stacks: ['team-*'], users: ['ci', '@socket'], networks: ['back'] },
      level: 'restricted',
      mode: 'warn',
      exempt: ['read-only-root'],
      allow: {
        hostPaths: ['/srv/data'],
        capabilities: ['NET_ADMIN', 'SYS_TIME'],
        sysctls: ['net.core.somaxconn'],
        hostPorts: [
          { from: 80, to: 80 },
          { from: 8000, to: 8099 },
        ],
        volumeDrivers: ['rexray'],
      },
      runtimes: ['runsc'],
      images: {
        registries: ['registry.example.com/team/*', 'registry.example.com:5000'],
        require: 'digest',
      },
      require: { labels: ['owner'], networkPolicy: true, memoryLimit: true },
      origin: { file: 'a.yaml', line: 1, column: 1 },
    });
  });

  it('enforces when it does not say how, and matches everything when it does not say whom', () => {
    const { policy, problems } = read('kind: AdmissionPolicy\nname: all\nlevel: baseline\nmatch:\nmode:\n');
    assert.deepEqual(problems, []);
    assert.equal(policy.mode, 'enforce');
    assert.deepEqual(policy.match, {});
    assert.deepEqual(policy.exempt, []);
    assert.equal(policy.runtimes, undefined);
  });

  it('has every mistake reported at its place', () => {
    const { problems } = read(`kind: AdmissionPolicy
name: Apps
level: strict
match: { stacks: [], namespaces: [a] }
exempt: [host-path, 7]
allow: { hostPaths: [srv, /srv/../etc], hostPorts: [90-80, 0, abc], capabilities: ["NET ADMIN"] }
images: { registries: ["https://registry.example.com"], require: latest }
require: { memoryLimit: "yes" }
`);
    assert.deepEqual(problems, [
      '2:7 invalid-value "name" must be small letters, digits, ".", "_" and "-", with a letter or digit at either end',
      '4:18 invalid-value "match.stacks" must not be empty; leave it out to match all of them',
      '4:22 unknown-key "match.namespaces" is not a known key | Known keys: stacks, users, networks.',
      '3:8 invalid-value "level" must be one of [privileged, baseline, restricted]',
      '5:21 invalid-value "exempt.1" must be text',
      '6:22 invalid-value "allow.hostPaths.0" must be an absolute path',
      '6:27 invalid-value "allow.hostPaths.1" must be written without "..", ".", "//" and a slash at its end',
      '6:84 invalid-value "allow.capabilities.0" must be the name of a capability, such as NET_ADMIN',
      '6:60 invalid-value "allow.hostPorts.1" must be greater than or equal to 1',
      '6:63 invalid-value "allow.hostPorts.2" must be a port, or a range such as 8000-8099',
      '7:24 invalid-value "images.registries.0" must be a registry without scheme, and a path if wanted: registry.example.com/team/*',
      '7:66 invalid-value "images.require" must be one of [tag, digest]',
      '8:25 invalid-value "require.memoryLimit" must be true or false',
      '6:53 invalid-value "90-80" is not a range of ports',
      '5:10 invalid-value "host-path" is not a check of a level | Did you mean "host-paths"?',
    ]);
  });

  it('takes a key called __proto__ for an unknown key', () => {
    const { policy, problems } = read(
      'kind: AdmissionPolicy\nname: a\nlevel: baseline\n__proto__: { mode: audit }\n',
    );
    assert.equal(policy.mode, 'enforce');
    assert.equal(problems.length, 1);
  });
});
