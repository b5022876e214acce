import type { Mode } from '../../compose-ext/policy-model.ts';
import { withSharedRules } from '../cluster-scope.ts';
import { scopeOf } from '../evaluator.ts';
import type { NetworkInfo } from '../network-policy.ts';
import { createParty } from '../party.ts';
import type { Side } from '../side.ts';
import { findingsOf } from './findings.ts';
import {
  type NetworkReport,
  type NodeFacts,
  type Report,
  type ReportFacts,
  SEVERITIES,
  type ServiceReport,
  type Severity,
  type SideReport,
  type StackReport,
} from './report.ts';

export function judgeReport(facts: ReportFacts): Report {
  const stacks = stacksOf(facts);
  const networks = facts.networks
    .filter(({ ingress }) => !ingress)
    .map((network) => networkOf(network, facts.nodes))
    .toSorted(byName);
  const findings = findingsOf(facts, stacks, networks);
  const services = stacks.flatMap((stack) => stack.services);
  const count = (severity: Severity) => findings.filter((each) => each.severity === severity).length;
  const up = facts.nodes.filter(({ down }) => !down);
  return {
    ...{ kind: 'SwarmwallReport', formatVersion: 1 },
    ...{ at: new Date(facts.at).toISOString(), version: facts.version },
    summary: {
      services: services.length,
      ingressDenied: services.filter(({ ingress }) => ingress.stance === 'deny').length,
      egressDenied: services.filter(({ egress }) => egress.stance === 'deny').length,
      nodes: up.length,
      nodesEnforced: up.filter(({ enforced }) => enforced).length,
      findings: Object.fromEntries(SEVERITIES.map((each) => [each, count(each)])) as Record<Severity, number>,
    },
    ...{ findings, stacks, networks },
    clusterPolicies: (facts.cluster.clusterPolicies ?? []).map(({ name, tier, priority }) => ({
      ...{ name, tier, priority },
    })),
    nodes: facts.nodes.map(({ hostname, role, state, enforced, down, driftRepaired, ...node }) => ({
      ...{ hostname, role, state, enforced, down, driftRepaired },
      ...(node.hostFirewall && { hostFirewall: node.hostFirewall }),
      ...(node.verdictLog && { verdictLog: node.verdictLog }),
    })),
    settings: facts.settings,
    admission:
      facts.admission?.map(({ name, level, mode, match, exempt }) => ({
        name,
        level,
        mode,
        match,
        exempt,
      })) ?? null,
    logs: facts.logs,
  };
}

function stacksOf({ cluster }: ReportFacts): readonly StackReport[] {
  const scope = withSharedRules(scopeOf(cluster));
  const known = new Map(cluster.stacks.map((stack) => [stack.name, stack]));
  const names = [...new Set([...known.keys(), ...cluster.services.map(({ stack }) => stack)])].sort();
  return names.map((name): StackReport => {
    const stack = known.get(name);
    const services = cluster.services
      .filter((service) => service.stack === name)
      .map((service): ServiceReport => {
        const { sides, audit } = createParty(service, stack, { scope });
        return {
          service: service.key,
          ingress: sideOf(sides.ingress, audit === 'none' ? 'enforce' : 'audit'),
          egress: sideOf(sides.egress, audit === 'none' ? 'enforce' : 'audit'),
          published: service.ports.flatMap(({ published, protocol }) =>
            published === undefined ? [] : `${published}/${protocol}`,
          ),
        };
      })
      .toSorted((a, b) => (a.service < b.service ? -1 : 1));
    return {
      ...{ name, services, annotated: stack?.annotated ?? false, mode: stack?.mode ?? 'enforce' },
      defaults: stack?.defaults ?? { ingress: 'allow', egress: 'allow' },
    };
  });
}

/** An administrator's policies are enforced whatever the stack's mode; whether they close everything is told by name alone. */
function sideOf({ isolated, isolatedBy, rules, admin, baseline }: Side, mode: Mode): SideReport {
  const cluster = [...admin, ...baseline].filter(({ builtIn }) => !builtIn);
  const own = isolatedBy.map(({ policy }) => (policy === 'default' ? 'default of the stack' : policy));
  const names = cluster.map(({ decides }) => `cluster policy ${decides.policy}`);
  return {
    stance: !isolated ? 'open' : mode === 'audit' ? 'audit' : 'deny',
    by: [...new Set([...own, ...names])],
    allows: rules.length,
  };
}

function networkOf({ name, encrypted }: NetworkInfo, nodes: readonly NodeFacts[]): NetworkReport {
  const told = nodes.flatMap((node) => node.encrypted.filter((each) => each.name === name));
  if (!encrypted && told.length === 0) return { name, encryption: 'plain', missing: [] };
  const states = new Set(told.map(({ state }) => state));
  const missing = told.flatMap((each) => [...each.missing, ...each.peers.flatMap((peer) => peer.missing)]);
  const encryption = states.has('broken')
    ? 'broken'
    : states.has('encrypted')
      ? 'verified'
      : states.has('idle')
        ? 'idle'
        : 'untold';
  return { name, encryption, missing: [...new Set(missing)].sort() };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
