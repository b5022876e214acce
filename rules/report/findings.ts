import {
  type Finding,
  type NetworkReport,
  type NodeFacts,
  type ReportFacts,
  SEVERITIES,
  type ServiceReport,
  type StackReport,
} from './report.ts';

/** Days that the product promises to keep. */
const LEAST_DAYS = 7;

/** What an auditor would ask about, the worst first. */
export function findingsOf(
  facts: ReportFacts,
  stacks: readonly StackReport[],
  networks: readonly NetworkReport[],
): readonly Finding[] {
  return [
    ...facts.nodes.flatMap(ofNode),
    ...stacks.flatMap(ofStack),
    ...networks.flatMap((network) => ofNetwork(network, facts)),
    ...ofAdmission(facts),
    ...ofSettings(facts),
    ...facts.problems.map(({ subject, message }): Finding => ({
      ...{ severity: 'medium', code: 'policy-problem', subject, message },
      remedy:
        'Correct what it says and deploy or apply again: until then what was in force before holds, or nothing.',
    })),
  ].toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      compare(a.code, b.code) ||
      compare(a.subject, b.subject),
  );
}

function ofNode({ hostname, state, enforced, down, driftRepaired, hostFirewall }: NodeFacts): Finding[] {
  const subject = `node ${hostname}`;
  if (down) return [];
  const found: Finding[] = [];
  if (!enforced)
    found.push({
      ...{ severity: 'critical', code: 'node-not-enforced', subject },
      message: `The node is not as it should be (${state}): what the policy says now may not hold for what runs on it.`,
      remedy:
        'swarmwall status names what is missing; swarmwall node doctor on the node says how to put it right.',
    });
  if (hostFirewall?.state === 'rolled-back')
    found.push({
      ...{ severity: 'high', code: 'host-firewall-rolled-back', subject },
      message: 'A node policy was tried and not confirmed, so it was taken back.',
      remedy: 'Apply it again, and confirm it in time: swarmwall policy confirm.',
    });
  if (hostFirewall === undefined)
    found.push({
      ...{ severity: 'medium', code: 'no-host-firewall', subject },
      message: "No node policy guards the node's own ports.",
      remedy: 'Store a NodePolicy that selects it (docs/host-firewall.md).',
    });
  if (driftRepaired > 0)
    found.push({
      ...{ severity: 'low', code: 'rules-were-changed', subject },
      message: `Somebody else changed Swarmwall's rules in the kernel, and they were put back (${driftRepaired} times since the agent began).`,
      remedy: "The agent's log names what was changed: find out who does.",
    });
  return found;
}

function ofStack({ name, annotated, mode, services }: StackReport): Finding[] {
  if (services.length === 0) return [];
  const subject = `stack ${name}`;
  const open = services.filter(
    ({ ingress, egress }) => ingress.stance === 'open' && egress.stance === 'open',
  );
  if (!annotated && open.length === services.length)
    return [
      {
        ...{ severity: 'high', code: 'stack-without-policy', subject },
        message: `None of its ${services.length} services has a policy: whatever shares a network with them reaches them.`,
        remedy:
          'Annotate it, in audit mode first (x-swarmwall: { mode: audit }), or store a baseline cluster policy.',
      },
    ];
  const audit: Finding = {
    ...{ severity: 'high', code: 'stack-in-audit', subject },
    message: 'Its policies are in audit mode: what they deny passes, and is only counted.',
    remedy: 'When nothing is denied that should not be, set mode: enforce and deploy.',
  };
  return [...(mode === 'audit' ? [audit] : []), ...services.flatMap(ofService)];
}

function ofService({ service, ingress, egress, published }: ServiceReport): Finding[] {
  const subject = `service ${service}`;
  const found: Finding[] = [];
  if (ingress.stance === 'open')
    found.push({
      ...{ severity: 'high', code: 'ingress-open', subject },
      message:
        'Nothing restricts who connects to it' +
        (published.length > 0 ? `, from outside too: it publishes ${published.join(', ')}.` : '.'),
      remedy: 'Say who may in swarmwall.ingress, or set default: { ingress: deny } for its stack.',
    });
  if (egress.stance === 'open')
    found.push({
      ...{ severity: 'medium', code: 'egress-open', subject },
      message: 'Nothing restricts where it connects to, the world included.',
      remedy: 'Say where to in swarmwall.egress, or set default: { egress: deny } for its stack.',
    });
  return found;
}

function ofNetwork({ name, encryption, missing }: NetworkReport, { settings }: ReportFacts): Finding[] {
  const subject = `network ${name}`;
  if (encryption === 'broken')
    return [
      {
        ...{ severity: 'critical', code: 'encryption-broken', subject },
        message: `It is meant to be encrypted and is not: missing ${missing.join(', ') || 'something'}${
          settings.encryption === 'required' ? ' (what crosses nodes in the clear is dropped)' : ''
        }.`,
        remedy: 'swarmwall status --encryption names the pairs of nodes (docs/encryption.md).',
      },
    ];
  if (encryption === 'untold')
    return [
      {
        ...{ severity: 'low', code: 'encryption-unverified', subject },
        message: 'It is meant to be encrypted, and no node with it says whether it is.',
        remedy: 'Nothing, while no task is on it; else see that each of its nodes has an agent.',
      },
    ];
  if (encryption !== 'plain') return [];
  return [
    {
      ...{ severity: 'medium', code: 'network-not-encrypted', subject },
      message: 'What crosses nodes on it can be read and changed by whoever is on the way.',
      remedy:
        'Let swarmwall compile make its segments, which are encrypted, or give it driver_opts: { encrypted: "" }.',
    },
  ];
}

function ofAdmission({ admission }: ReportFacts): Finding[] {
  const about = { code: 'admission', subject: 'the Docker API' };
  if (admission === undefined)
    return [
      {
        ...{ severity: 'low', ...about, code: 'admission-unknown' },
        message: 'What workloads may ask for could not be read.',
        remedy: 'Run the report as root on a manager.',
      },
    ];
  const enforced = admission.filter(({ mode, level }) => mode === 'enforce' && level !== 'privileged');
  if (enforced.length === 0)
    return [
      {
        ...{ severity: 'high', ...about, code: 'admission-not-enforced' },
        message:
          'No admission policy is enforced: a workload may be privileged, and such a one is bound by no rule.',
        remedy:
          'Store an AdmissionPolicy of level baseline or restricted, in warn mode first (docs/admission.md).',
      },
    ];
  return admission
    .filter(({ mode }) => mode !== 'enforce')
    .map(({ name, mode }) => ({
      ...{ severity: 'medium', code: 'admission-only-told', subject: `admission policy ${name}` },
      message: `It is in ${mode} mode: what it refuses is done all the same.`,
      remedy: 'Set mode: enforce when nothing is refused that should not be.',
    }));
}

function ofSettings({ settings, logs, nodes }: ReportFacts): Finding[] {
  const found: Finding[] = [];
  if (settings.nodes === 'permissive')
    found.push({
      ...{ severity: 'low', code: 'nodes-permissive', subject: 'cluster settings' },
      message: 'The load balancers of a node whose agent went are trusted on.',
      remedy: 'nodes: strict in the ClusterSettings refuses them after 30 s (docs/settings.md).',
    });
  if (settings.encryption === 'verify')
    found.push({
      ...{ severity: 'low', code: 'encryption-not-required', subject: 'cluster settings' },
      message: 'Where a network that is meant to be encrypted is not, that is told, and traffic goes on.',
      remedy: 'encryption: required in the ClusterSettings drops it (docs/settings.md).',
    });
  for (const { hostname, verdictLog } of nodes)
    if (verdictLog !== undefined && verdictLog.days < LEAST_DAYS)
      found.push({
        ...{ severity: 'medium', code: 'logs-too-short', subject: `verdict log of ${hostname}` },
        message: `It is kept for ${verdictLog.days} days.`,
        remedy: `SWARMWALL_FLOW_DAYS=${LEAST_DAYS} or more, or a log host: SWARMWALL_FLOW_SYSLOG.`,
      });
  if (logs.auditDays !== undefined && logs.auditDays < LEAST_DAYS)
    found.push({
      ...{ severity: 'medium', code: 'logs-too-short', subject: 'audit log' },
      message: `It is kept for ${logs.auditDays} days.`,
      remedy: `SWARMWALL_AUDIT_DAYS=${LEAST_DAYS} or more, or a log host: SWARMWALL_AUDIT_SYSLOG.`,
    });
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
