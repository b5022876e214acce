import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkGroups, loadPolicies } from '../../../compose-ext/index.ts';

const read = (file: string) =>
  loadPolicies([{ file, text: readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8') }]);
const load = (text: string) => loadPolicies([{ file: 'p.yaml', text }]);
const shown = ({ diagnostics }: ReturnType<typeof load>) =>
  diagnostics.map(
    ({ line, column, severity, code, message }) => `${line}:${column} ${severity} ${code} ${message}`,
  );

describe('cluster policies and groups', () => {
  it('are read from several documents of one file', () => {
    const { documents, diagnostics } = read('good.yaml');
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      documents.map(({ kind, name, origin }) => `${kind} ${name} ${origin.line}`),
      ['policy no-ssh 2', 'policy monitoring 9', 'group office 20'],
    );
    const [ssh, monitoring, office] = documents;
    assert.ok(ssh?.kind === 'policy' && monitoring?.kind === 'policy' && office?.kind === 'group');
    assert.deepEqual(ssh.policy, {
      name: 'no-ssh',
      tier: 'admin',
      priority: 10,
      subject: {},
      ingress: [
        {
          name: 'ssh',
          action: 'deny',
          peers: [{ kind: 'any' }],
          ports: [{ protocol: 'tcp', port: 22 }],
          origin: { file: 'good.yaml', line: 7, column: 5 },
        },
      ],
      egress: [],
      origin: { file: 'good.yaml', line: 2, column: 1 },
    });
    const every = { matchLabels: {}, matchExpressions: [] };
    assert.deepEqual(monitoring.policy.egress[0]?.peers, [
      {
        kind: 'selector',
        stacks: every,
        services: { matchLabels: { tier: 'back' }, matchExpressions: [] },
      },
    ]);
    assert.deepEqual(monitoring.groups, [
      { name: 'office', origin: { file: 'good.yaml', line: 16, column: 28 } },
    ]);
    assert.deepEqual(office.group.blocks, [
      { cidr: '203.0.113.0/24', except: [] },
      { cidr: '198.51.100.0/24', except: ['198.51.100.7/32'] },
      { cidr: '2001:db8::/32', except: [] },
    ]);
  });

  it('have every mistake reported at its place', () => {
    assert.deepEqual(shown(read('bad.yaml')), [
      '2:7 error invalid-value "name" must be small letters, digits, ".", "_" and "-", with a letter or digit at either end',
      '3:7 error invalid-value "tier" must be one of [Admin, Baseline]',
      '4:11 error invalid-value "priority" must be less than or equal to 1000',
      '5:12 error unknown-key "subject.podSelector" is not a known key',
      '7:15 error invalid-value "ingress.0.action" must be one of [Allow, Deny, Pass]',
      '7:29 error invalid-value "ingress.0.from" must name somebody; everybody is "any: true"',
      '7:49 error invalid-value "ingress.0.ports.0.port" must be less than or equal to 65535',
      '8:5 error missing-key "ingress.1.from" is missing',
      '8:21 error unknown-key "ingress.1.form" is not a known key',
      '9:39 error invalid-peer-name "api" could be of any stack: a cluster policy has none of its own',
      '9:46 error invalid-value "ingress.2.from.1" mixes kinds of peers: world and any cannot stand together',
      '9:93 error invalid-cidr "10.0.0.0/33" is not an address block',
      '9:110 error invalid-value "ingress.2.from.3" must be a peer: serviceSelector, stackSelector, ipBlock, service, group, world or any',
      '10:78 error invalid-ports endPort 80 is below port 90',
      '17:15 error invalid-value "Pass" is of the Admin tier only: below the Baseline tier there is nothing to pass to',
      '19:1 error duplicate-name "base" is already the name of the one at bad.yaml:12',
      '21:9 error invalid-cidr "10.0.0.300" is not an address block',
      '21:50 error invalid-cidr the exception 11.0.0.0/16 is not inside 10.0.0.0/8',
      '21:66 error missing-key "cidrs.2.cidr" is missing',
      '23:7 error unknown-kind "ClusterPolice" is not a kind of policy',
      '26:1 error missing-key "kind" is missing',
      '29:7 error unknown-kind "ConfigMap" (v1) is not a kind of policy',
      '32:1 error invalid-root a manifest must be a map',
    ]);
    const hints = read('bad.yaml').diagnostics.map(({ hint }) => hint);
    assert.ok(hints.includes('Did you mean "from"?'));
    assert.ok(hints.includes('Did you mean "ClusterPolicy"?'));
  });

  it('are also taken as ClusterNetworkPolicy of Kubernetes', () => {
    const { documents, diagnostics } = read('kubernetes.yaml');
    assert.deepEqual(
      diagnostics.map(({ severity, code, line }) => `${severity} ${code} ${line}`),
      ['warning outside-only 24', 'warning outside-only 24'],
    );
    const [found] = documents;
    assert.ok(found?.kind === 'policy');
    const { ingress, egress, subject, name, priority } = found.policy;
    assert.deepEqual(
      [name, priority, subject.stacks?.matchLabels],
      ['cluster-wide', 30, { 'kubernetes.io/metadata.name': 'shop' }],
    );
    assert.deepEqual(
      ingress.map(({ action }) => action),
      ['allow', 'pass'],
    );
    assert.deepEqual(ingress[0]?.ports, [
      { protocol: 'tcp', port: 9090 },
      { protocol: 'udp', port: 5000, endPort: 6000 },
      { protocol: 'tcp', port: 'metrics' },
      { protocol: 'udp', port: 'metrics' },
      { protocol: 'sctp', port: 'metrics' },
    ]);
    // There it means what is inside the cluster, too.
    assert.deepEqual(egress[0]?.peers, [
      { kind: 'any' },
      { kind: 'ipBlock', cidr: '203.0.113.0/24', except: [] },
      { kind: 'ipBlock', cidr: '198.51.100.0/24', except: [] },
    ]);
  });

  it('say what of Kubernetes cannot be carried over', () => {
    assert.deepEqual(
      shown(read('kubernetes-bad.yaml')).map((line) => line.replace(/ (error|warning)/u, '').slice(0, 90)),
      [
        '7:17 invalid-value "spec.priority" must be greater than or equal to 0',
        '8:16 invalid-value "spec.subject" must have only one of: namespaces, pods (a subject)',
        '8:40 missing-key "spec.subject.pods.namespaceSelector" is missing',
        '10:21 invalid-value "Pass" is of the Admin tier only: below the Baseline tier there is nothing to pass to'.slice(
          0,
          90,
        ),
        '11:21 invalid-value "spec.ingress.1.action" must be one of [Accept, Deny, Pass]',
        '11:35 invalid-value "spec.ingress.1.from.0" must have one of: namespaces, pods',
        '11:37 unknown-key "spec.ingress.1.from.0.networks" is not a known key',
        '11:48 outside-only 10.0.0.0/8 means addresses outside the cluster only; in Kubernetes it m',
        '13:49 not-carried-over domain names as peers cannot be carried over: packets are judged by',
        '13:79 not-carried-over nodes as peers cannot be carried over: Swarm nodes are not selected',
        '14:45 invalid-cidr "10.0.0.1" is not an address block',
        '14:71 invalid-ports a named port cannot stand with networks: addresses have no names for t',
        '14:109 invalid-value "spec.egress.1.protocols.1.tcp" must have a destinationPort',
        '15:100 invalid-ports the range starts at 9 and ends at 8: the end must be above the start',
        '18:7 unknown-kind "AdminNetworkPolicy" (policy.networking.k8s.io/v1alpha1) is not a kind o',
        '22:7 unknown-kind "CIDRGroup" (swarmwall/v1) is not a kind of policy',
      ],
    );
  });

  const GROUP = 'kind: CIDRGroup\nname: g\ncidrs: [10.0.0.0/8]\n';
  it('keep the text of each, which reads back as the same', () => {
    const texts = [
      `# about g\n---\n${GROUP}...\n---\nkind: CIDRGroup\nname: h # h\ncidrs: &a [10.0.0.0/8]\n`,
      '{"kind": "CIDRGroup", "name": "g", "cidrs": ["10.0.0.0/8"]}',
      `%YAML 1.1\n---\nkind: ClusterPolicy\nname: p\ntier: Admin\npriority: 010\n`,
      readFileSync(new URL('fixtures/kubernetes.yaml', import.meta.url), 'utf8')
        .replace(/^/gmu, '  ')
        .replace('  apiVersion: policy.networking.k8s.io/v1alpha2\n  kind: ClusterNetworkPolicy', '- ')
        .replace(
          /^/u,
          'apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicyList\nitems:\n',
        )
        .replace('- \n  ', '- '),
    ];
    for (const text of texts) {
      const first = load(text);
      assert.deepEqual(
        shown(first).filter((line) => line.includes('error')),
        [],
        text,
      );
      assert.ok(first.documents.length > 0);
      for (const document of first.documents) {
        const [again] = load(document.text).documents;
        const plain = (value: unknown): unknown =>
          JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'origin' ? undefined : inner)));
        const { text: kept, ...rest } = document;
        assert.deepEqual(plain(again), plain({ ...rest, text: kept }));
      }
    }
    assert.equal(load(texts[0]!).documents[0]?.text, GROUP);
    assert.equal(load(texts[2]!).documents[0]?.text.includes('priority: 8'), true);
  });

  it('of hostile files are only mistakes', () => {
    for (const text of [
      'kind: ClusterPolicy\n__proto__: { name: x }\n',
      'kind: [ClusterPolicy]\n',
      'kind: ClusterPolicy\nname: { a: b }\ntier: []\npriority: x\ningress: 5\n',
      'kind: CIDRGroup\nname: 5\ncidrs: 10.0.0.0/8\n',
      'kind: constructor\napiVersion: v1\n',
      `kind: ClusterPolicy\nname: ${'x'.repeat(300)}\ntier: Admin\npriority: 1\n`,
      `${'['.repeat(500)}`,
    ])
      assert.ok(
        load(text).diagnostics.some(({ severity }) => severity === 'error'),
        text.slice(0, 60),
      );
    assert.equal(({} as { name?: string }).name, undefined);
  });

  it('too large for a config are refused', () => {
    const text = `${GROUP}# ${'x'.repeat(1_000 * 1024)}\n`;
    assert.deepEqual(
      load(text).diagnostics.map(({ code }) => code),
      ['policy-too-large'],
    );
  });

  it('that speak of a group that is not there are a mistake', () => {
    const { documents } = read('good.yaml');
    assert.deepEqual(checkGroups(documents), []);
    const [, monitoring] = documents;
    const [found] = checkGroups([monitoring!], ['offices']);
    assert.deepEqual(
      [found?.line, found?.message, found?.hint],
      [16, 'there is no CIDR group "office"', 'Did you mean "offices"?'],
    );
  });
});
