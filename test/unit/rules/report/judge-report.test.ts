import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DEFAULT_SETTINGS, type AdmissionPolicy } from '../../../../compose-ext/index.ts';
import { judgeReport } from '../../../../rules/report/judge-report.ts';
import type { NodeFacts, ReportFacts } from '../../../../rules/report/report.ts';
import { votingCluster } from '../../../browser/map-clusters.ts';

const { cluster } = await votingCluster(0);
const NODE: NodeFacts = {
  ...{ hostname: 'n1', role: 'manager', state: 'ok', enforced: true, down: false, driftRepaired: 0 },
  ...{ hostFirewall: { state: 'confirmed', policies: ['ports'] }, encrypted: [] },
};
const ADMISSION: AdmissionPolicy = {
  ...{ name: 'all', match: {}, level: 'baseline', mode: 'enforce', exempt: [] },
  origin: { file: 'a.yaml', line: 1, column: 1 },
};
const SOUND: ReportFacts = {
  ...{ at: 1_800_000_000_000, version: '1.0.0', networks: [], nodes: [NODE], problems: [] },
  cluster: { stacks: [], services: [] },
  settings: { nodes: 'strict', encryption: 'required' },
  ...{ admission: [ADMISSION], logs: { auditDays: 7, auditMegabytes: 10 } },
};

function codes(part: Partial<ReportFacts>): readonly string[] {
  return judgeReport({ ...SOUND, ...part }).findings.map(
    ({ severity, code, subject }) => `${severity} ${code} ${subject}`,
  );
}

const network = (name: string, encrypted: boolean) => ({
  ...{ id: name, name, encrypted, ingress: false, subnets: ['10.0.0.0/24'] },
});
const told = (name: string, state: 'encrypted' | 'broken' | 'idle', missing: readonly string[] = []) => ({
  ...{ name, state, missing, peers: [] },
});

describe("the auditor's report", () => {
  it('finds nothing where nothing is wrong', () => {
    assert.deepEqual(codes({}), []);
  });

  it('says of each service what restricts it, and by which policies', () => {
    const report = judgeReport({ ...SOUND, cluster });
    const services = report.stacks.flatMap((stack) => stack.services);
    const db = services.find(({ service }) => service === 'voting/db');
    assert.deepEqual(db, {
      service: 'voting/db',
      ingress: { stance: 'deny', by: ['db.ingress'], allows: 2 },
      egress: { stance: 'deny', by: ['db.egress'], allows: 0 },
      published: [],
    });
    const worker = services.find(({ service }) => service === 'voting/worker');
    assert.deepEqual(worker?.ingress.by, ['scrape']);
    assert.deepEqual(services.find(({ service }) => service === 'voting/vote')?.published, ['8080/tcp']);
    assert.equal(report.summary.services, 9);
    assert.equal(report.summary.ingressDenied, 8);
    assert.deepEqual(
      report.findings
        .filter(({ severity }) => severity === 'high')
        .map(({ code, subject }) => [code, subject]),
      [['stack-without-policy', 'stack attacker']],
    );
  });

  it('calls what audit lets pass audit, and not denied', () => {
    const stacks = cluster.stacks.map((stack) => ({ ...stack, mode: 'audit' as const }));
    const { summary, stacks: judged, findings } = judgeReport({ ...SOUND, cluster: { ...cluster, stacks } });
    assert.equal(summary.ingressDenied, 0);
    assert.ok(judged.flatMap(({ services }) => services).some(({ ingress }) => ingress.stance === 'audit'));
    assert.deepEqual(
      findings.filter(({ code }) => code === 'stack-in-audit').map(({ subject }) => subject),
      ['stack monitoring', 'stack voting'],
    );
  });

  it('names an open service of an annotated stack, direction by direction', () => {
    const services = cluster.services.map((service) => ({ ...service, policies: [] }));
    const stacks = cluster.stacks.map((stack) => ({
      ...stack,
      defaults: { ingress: 'allow', egress: 'allow' } as const,
    }));
    const found = codes({
      cluster: { services: services.filter(({ key }) => key === 'voting/vote'), stacks },
    });
    assert.deepEqual(found, [
      'high ingress-open service voting/vote',
      'medium egress-open service voting/vote',
    ]);
  });

  it('counts cluster policies that select a service among those that restrict it', () => {
    const origin = { file: 'p.yaml', line: 1, column: 1 };
    const rule = { action: 'deny', peers: [{ kind: 'any' }], ports: [], origin } as const;
    const clusterPolicies = [
      {
        name: 'no',
        tier: 'baseline',
        priority: 5,
        subject: {},
        ingress: [rule],
        egress: [],
        origin,
      } as const,
    ];
    const { stacks, clusterPolicies: listed } = judgeReport({
      ...SOUND,
      cluster: { ...cluster, clusterPolicies },
    });
    const attacker = stacks.find(({ name }) => name === 'attacker')?.services[0];
    assert.deepEqual(attacker?.ingress, { stance: 'open', by: ['cluster policy no'], allows: 0 });
    assert.deepEqual(listed, [{ name: 'no', tier: 'baseline', priority: 5 }]);
  });

  it('calls encryption verified only where nodes say so', () => {
    const networks = ['a', 'b', 'c', 'd', 'e'].map((name) => network(name, name !== 'e'));
    const nodes = [
      { ...NODE, encrypted: [told('a', 'encrypted'), told('b', 'encrypted'), told('c', 'idle')] },
      { ...NODE, hostname: 'n2', encrypted: [told('b', 'broken', ['the key to send with'])] },
    ];
    const report = judgeReport({ ...SOUND, networks, nodes });
    assert.deepEqual(
      report.networks.map(({ name, encryption }) => `${name} ${encryption}`),
      ['a verified', 'b broken', 'c idle', 'd untold', 'e plain'],
    );
    assert.deepEqual(codes({ networks, nodes }), [
      'critical encryption-broken network b',
      'medium network-not-encrypted network e',
      'low encryption-unverified network d',
    ]);
  });

  it('finds nodes that do not enforce, and leaves those that are down alone', () => {
    const { hostFirewall, ...bare } = NODE;
    assert.equal(hostFirewall?.state, 'confirmed');
    assert.deepEqual(
      codes({
        nodes: [
          { ...NODE, state: 'no agent', enforced: false },
          { ...bare, hostname: 'n2', driftRepaired: 2 },
          { ...bare, hostname: 'n3', state: 'down', enforced: false, down: true },
          { ...NODE, hostname: 'n4', hostFirewall: { state: 'rolled-back', policies: [] } },
        ],
      }),
      [
        'critical node-not-enforced node n1',
        'high host-firewall-rolled-back node n4',
        'medium no-host-firewall node n2',
        'low rules-were-changed node n2',
      ],
    );
  });

  it('judges admission, settings, logs and mistakes', () => {
    assert.deepEqual(codes({ admission: [] }), ['high admission-not-enforced the Docker API']);
    assert.deepEqual(codes({ admission: [{ ...ADMISSION, level: 'privileged' }] }), [
      'high admission-not-enforced the Docker API',
    ]);
    assert.deepEqual(codes({ admission: [ADMISSION, { ...ADMISSION, name: 'w', mode: 'warn' }] }), [
      'medium admission-only-told admission policy w',
    ]);
    const { admission, ...unknown } = SOUND;
    assert.equal(admission?.length, 1);
    assert.deepEqual(
      judgeReport(unknown).findings.map(({ code }) => code),
      ['admission-unknown'],
    );
    assert.equal(judgeReport(unknown).admission, null);
    assert.deepEqual(
      codes({
        settings: DEFAULT_SETTINGS,
        logs: { auditDays: 3 },
        nodes: [
          { ...NODE, verdictLog: { days: 7, megabytes: 10 } },
          { ...NODE, hostname: 'n2', verdictLog: { days: 1, megabytes: 10 } },
        ],
        problems: [{ subject: 's', message: 'm' }],
      }),
      [
        'medium logs-too-short audit log',
        'medium logs-too-short verdict log of n2',
        'medium policy-problem s',
        'low encryption-not-required cluster settings',
        'low nodes-permissive cluster settings',
      ],
    );
  });
});
