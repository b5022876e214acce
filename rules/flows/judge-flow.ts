import type { Protocol } from '../../compose-ext/policy-model.ts';
import { scopeOf, createEvaluator, type EvaluatorInput, type Place, type Verdict } from '../evaluator.ts';
import { withSharedRules } from '../cluster-scope.ts';
import { nameRules } from '../edge-names.ts';
import type { NameRule } from '../network-policy.ts';
import { createParty } from '../party.ts';
import type { FlowEnd, FlowRecord } from './flow-record.ts';
import { isIpv6Edge } from './ipv6-reason.ts';

/** What a policy alone says: limits are about how often. */
export type PolicyVerdict = 'allowed' | 'would-deny' | 'denied';

export type JudgedFlow = Pick<FlowRecord, 'source' | 'destination' | 'protocol' | 'port'>;

export interface FlowJudgement {
  readonly verdict: PolicyVerdict;
  /** Denied by its address, it passes where DNS gave that address for one of these: only the node knows. */
  readonly names: readonly string[];
}

/** Undefined: no policy is about it, or this cluster does not know its service. */
export type JudgeFlow = (flow: JudgedFlow) => FlowJudgement | undefined;

/** By the evaluator, which remembers each place: for a cluster that stands still. */
export function createFlowJudge(cluster: EvaluatorInput): JudgeFlow {
  const evaluator = createEvaluator(cluster);
  const services = new Set(cluster.services.map(({ key }) => key));
  const namesOf = namesIn(cluster);
  return ({ source, destination, protocol, port }) => {
    if (isIpv6Edge({ source, destination })) return undefined;
    if ([source, destination].some((end) => isNobodys(end) || isMissing(end, services))) return undefined;
    if (!isAsked(protocol)) return undefined;
    const asked = { protocol, ...(port !== undefined && { port }) };
    const judged = evaluator.judge({ from: placeOf(source), to: placeOf(destination), ...asked });
    const { outcome, tier } = judged.egress;
    const byName = destination.kind === 'world' && outcome === 'denied' && tier !== 'admin';
    return {
      verdict: saidBy(judged),
      names: byName
        ? namesOf(source).flatMap((rule) => (reaches(rule, protocol, port) ? rule.name : []))
        : [],
    };
  };
}

export function isAsked(protocol: string): protocol is Protocol | 'icmp' {
  return protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' || protocol === 'icmp';
}

export function placeOf({ service, address }: FlowEnd): Place {
  return service === undefined ? { address } : { service };
}

export function saidBy({ allowed, wouldDeny }: Verdict): PolicyVerdict {
  if (!allowed) return 'denied';
  return wouldDeny ? 'would-deny' : 'allowed';
}

/** No policy can name it, or somebody else's word decided on it. */
export function isNobodys({ kind, service }: FlowEnd): boolean {
  return kind === 'balancer' || (service === undefined && (kind === 'unknown' || kind === 'container'));
}

function isMissing({ service }: FlowEnd, services: ReadonlySet<string>): boolean {
  return service !== undefined && !services.has(service);
}

function namesIn(cluster: EvaluatorInput): (end: FlowEnd) => readonly NameRule[] {
  const scope = withSharedRules(scopeOf(cluster));
  const services = new Map(cluster.services.map((service) => [service.key, service]));
  const stacks = new Map(cluster.stacks.map((stack) => [stack.name, stack]));
  const known = new Map<string, readonly NameRule[]>();
  return ({ service: key = '' }) => {
    const service = services.get(key);
    if (service === undefined) return [];
    const rules =
      known.get(key) ??
      nameRules(createParty(service, stacks.get(service.stack), { scope }).sides.egress.rules);
    known.set(key, rules);
    return rules;
  };
}

function reaches(
  { protocol, port, endPort = port }: NameRule,
  asked: string,
  at: number | undefined,
): boolean {
  if (protocol !== 'any' && protocol !== asked) return false;
  if (port === undefined || endPort === undefined) return true;
  return at !== undefined && at >= port && at <= endPort;
}
