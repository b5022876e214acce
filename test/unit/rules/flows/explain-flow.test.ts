import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { buildModel, loadCompose, loadPolicies } from '../../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../../rules/cluster-from-model.ts';
import type { EvaluatorInput } from '../../../../rules/evaluator.ts';
import { createFlowExplainer } from '../../../../rules/flows/explain-flow.ts';
import type { FlowEnd, FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { aFlow, serviceEnd } from './a-flow.ts';

const STACK = `name: voting
x-swarmwall:
  policies:
    - name: scrape
      serviceSelector: { matchLabels: { metrics: "true" } }
      ingress:
        - from: [{ serviceSelector: { matchLabels: { app: prom } } }]
          ports: [{ port: 9100 }]
services:
  web:
    image: web:1
    deploy:
      labels: { swarmwall.ingress: "world:80", swarmwall.egress: "db:5432" }
  db:
    image: pg:1
    deploy:
      labels:
        swarmwall.ingress: "web:5432"
        swarmwall.limit: "connections=5"
  api: { image: api:1, deploy: { labels: { metrics: "true" } } }
  prom: { image: prom:1, deploy: { labels: { app: prom } } }
  attacker: { image: evil:1 }
`;

function clusterOf(text: string, policies = ''): EvaluatorInput {
  const { file, diagnostics } = loadCompose(text, { file: 'compose.yaml' });
  assert.deepEqual(diagnostics, []);
  const { model } = buildModel([file]);
  const loaded = loadPolicies(policies === '' ? [] : [{ file: 'admin.yaml', text: policies }]);
  assert.deepEqual(loaded.diagnostics, []);
  const clusterPolicies = loaded.documents.flatMap((document) =>
    document.kind === 'policy' ? [document.policy] : [],
  );
  return { ...clusterFromModel({ ...model, clusterPolicies }), nodeAddresses: ['192.168.7.1'] };
}

function said(cluster: EvaluatorInput, changes: Partial<FlowRecord>): string {
  const reason = createFlowExplainer(cluster)(aFlow(changes));
  if (!reason) return 'nothing';
  const place = reason.file === undefined ? '' : ` (${reason.file}:${String(reason.line)})`;
  return `[${reason.policy}] ${reason.text}${place}`;
}

const between = (from: string, to: string): Pick<FlowRecord, 'source' | 'destination'> => ({
  source: serviceEnd(`voting/${from}`, '10.0.1.8'),
  destination: serviceEnd(`voting/${to}`),
});
const at = (kind: FlowEnd['kind'], address: string): FlowEnd => ({ kind, address });

const IPV6 = 'there rules about addresses are for IPv4 alone (docs/protocols.md, IPv6)';

describe('the sentence of a flow', () => {
  const cluster = clusterOf(STACK);
  const rows: readonly (readonly [what: string, flow: Partial<FlowRecord>, sentence: string])[] = [
    [
      'of the issue: denied, with the label that isolates',
      between('attacker', 'db'),
      '[voting/db] no ingress rule of voting/db allows voting/attacker (compose.yaml:18)',
    ],
    [
      'of a port that is not allowed names the port',
      { ...between('web', 'db'), port: 22 },
      '[voting/db] no egress rule of voting/web allows voting/db on 22/tcp (compose.yaml:13); no ingress rule of voting/db allows voting/web on 22/tcp (compose.yaml:18)',
    ],
    [
      'of the default',
      between('web', 'attacker'),
      '[voting/attacker] no egress rule of voting/web allows voting/attacker (compose.yaml:13); no policy selects the ingress of voting/attacker, and the default of stack voting is deny (compose.yaml:1)',
    ],
    [
      'of what is allowed names both rules',
      { ...between('web', 'db'), verdict: 'allowed' },
      '[voting/db] an egress rule of voting/web allows voting/db on 5432/tcp (compose.yaml:13); an ingress rule of voting/db allows voting/web on 5432/tcp (compose.yaml:18)',
    ],
    [
      'of a policy by selector names it',
      { ...between('prom', 'api'), port: 9100, verdict: 'allowed' },
      '[voting/api] policy scrape of stack voting, for the ingress of voting/api, allows voting/prom on 9100/tcp (compose.yaml:7)',
    ],
    [
      'of the world',
      { ...between('web', 'web'), source: at('world', '203.0.113.7'), port: 80, verdict: 'allowed' },
      '[voting/web] an ingress rule of voting/web allows world (203.0.113.7) on 80/tcp (compose.yaml:13)',
    ],
    [
      'of what nothing restricts',
      { ...between('attacker', 'db'), destination: at('world', '203.0.113.7'), verdict: 'allowed' },
      '[voting/attacker] nothing restricts the egress of voting/attacker',
    ],
    [
      'of metadata',
      { ...between('attacker', 'db'), destination: at('world', '169.254.170.2'), port: 80 },
      '[metadata-addresses (built in)] no egress rule of voting/attacker names the metadata address world (169.254.170.2)',
    ],
    [
      'of IPv6 at a published port, whatever rules say of its client',
      { ...between('web', 'web'), source: at('world', '2001:db8::7'), port: 80 },
      `[voting/web] by IPv6 80/tcp of voting/web is closed: all of the world may reach a port or nobody, as ${IPV6} (compose.yaml:13)`,
    ],
    [
      'of IPv6 at a published port in audit',
      { ...between('web', 'db'), source: at('world', '2001:db8::7'), verdict: 'would-deny' },
      `[voting/db] by IPv6 5432/tcp of voting/db would be closed: all of the world may reach a port or nobody, as ${IPV6} (compose.yaml:18)`,
    ],
    [
      'of the way out by IPv6',
      { ...between('web', 'db'), destination: at('world', '2001:db8::7') },
      `[voting/web] by IPv6 the way of voting/web out of its networks is closed: ${IPV6} (compose.yaml:13)`,
    ],
    [
      'of IPv6 between tasks beside their overlays, whatever rules allow',
      {
        source: serviceEnd('voting/web', 'fd18::3'),
        destination: serviceEnd('voting/db', 'fd18::4'),
        network: 'docker_gwbridge',
      },
      `[voting/db] by IPv6 docker_gwbridge is no way from voting/web to voting/db: ${IPV6} (compose.yaml:18)`,
    ],
    [
      'of IPv6 between tasks beside their overlays, where no rule allows it anyway',
      {
        source: serviceEnd('voting/attacker', 'fd18::3'),
        destination: serviceEnd('voting/db', 'fd18::4'),
        network: 'docker_gwbridge',
      },
      '[voting/db] no ingress rule of voting/db allows voting/attacker (compose.yaml:18)',
    ],
    [
      'of IPv6 on an overlay, where it is judged as IPv4 is',
      {
        source: serviceEnd('voting/attacker', 'fd26::3'),
        destination: serviceEnd('voting/db', 'fd26::4'),
      },
      '[voting/db] no ingress rule of voting/db allows voting/attacker (compose.yaml:18)',
    ],
    [
      'of metadata by IPv6',
      { ...between('attacker', 'db'), destination: at('world', 'fd00:ec2::254'), port: 80 },
      '[metadata-addresses (built in)] no egress rule of voting/attacker names the metadata address world (fd00:ec2::254)',
    ],
    [
      'of an address that is nobody’s',
      { ...between('attacker', 'db'), source: at('unknown', '10.0.1.77') },
      '[voting/db] no service has 10.0.1.77 on voting_default, so no policy allows it',
    ],
    [
      'of a container of no service',
      { source: { ...at('container', '10.0.1.77'), container: 'guest' } },
      '[voting/db] container guest is of no service, so no policy allows it',
    ],
    [
      'of a load balancer',
      { source: at('balancer', '10.0.1.3'), verdict: 'allowed' },
      '[voting/db] it was judged on the node of the client, whose load balancer speaks for it',
    ],
    [
      'of a limit',
      { ...between('web', 'db'), verdict: 'limited' },
      '[voting/db] over the limit of voting/db (connections=5 per=peer)',
    ],
    [
      'of a verdict that is not today’s',
      { ...between('attacker', 'db'), verdict: 'allowed' },
      "[voting/db] the policy was another then: by today's it is denied",
    ],
    ['of a service that nobody knows is none', { ...between('attacker', 'gone') }, 'nothing'],
  ];
  for (const [what, flow, sentence] of rows)
    it(what, () => {
      assert.equal(said(cluster, flow), sentence);
    });

  it('in audit says who would deny', () => {
    const audit = clusterOf(STACK.replace('x-swarmwall:', 'x-swarmwall:\n  mode: audit'));
    const flow = { ...between('attacker', 'db'), verdict: 'would-deny', mode: 'audit' } as const;
    assert.equal(
      said(audit, flow),
      '[voting/db] no ingress rule of voting/db allows voting/attacker (compose.yaml:19)',
    );
  });

  it('of an administrator’s policy names its tier and rule', () => {
    const policies = `kind: ClusterPolicy
name: no-ssh
tier: Admin
priority: 1
subject: {}
ingress:
  - name: ssh
    action: Deny
    from: [{ stackSelector: {} }]
    ports: [{ port: 22 }]
`;
    assert.equal(
      said(clusterOf(STACK, policies), { ...between('attacker', 'db'), port: 22 }),
      '[admin no-ssh] admin no-ssh, rule ssh, denies voting/attacker on 22/tcp (admin.yaml:7)',
    );
  });

  it('is thought about once for a pair', () => {
    const explain = createFlowExplainer(cluster);
    assert.equal(explain(aFlow()), explain(aFlow({ first: 1, packets: 9 })));
    assert.notEqual(explain(aFlow()), explain(aFlow({ port: 1 })));
  });

  it('agrees with the example of the documents', async () => {
    const text = await readFile('examples/voting/compose.yaml', 'utf8');
    const lines = text.split('\n');
    const explain = createFlowExplainer(clusterOf(text.replace('services:', 'name: voting\nservices:')));
    const reason = explain(aFlow({ ...between('vote', 'db') }));
    const line = lines.findIndex(
      (each, index) => index > lines.indexOf('  db:') && each.includes('swarmwall.ingress'),
    );
    assert.equal(reason?.line, line + 2);
  });
});
