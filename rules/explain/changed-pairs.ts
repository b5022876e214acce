import type { ClusterPolicy, ServiceKey } from '../../compose-ext/policy-model.ts';
import type { Evaluator, EvaluatorInput, Place } from '../evaluator.ts';
import { selectsService } from '../cluster-scope.ts';
import type { ClusterService } from '../network-policy.ts';
import { stackLabelsOf } from '../party.ts';
import { EVERY_PORT, EVERYTHING, intersection, NOTHING, PROTOCOLS } from '../port-set.ts';
import type { PortSet, PortSpan } from '../port-set.ts';

/** Who reaches whom otherwise than before, by the full policy, audit or not. */
export interface ChangedPair {
  readonly from: string;
  readonly to: string;
  readonly before: readonly PortSpan[];
  readonly after: readonly PortSpan[];
}

export interface Judged {
  readonly cluster: EvaluatorInput;
  readonly evaluator: Evaluator;
}

/** Above this it is not worth a person's waiting. */
const MOST_PAIRS = 100_000;

/** `outside`: addresses to look at beside the services. Undefined: too many pairs to look at. */
export function changedPairs(
  before: Judged,
  after: Judged,
  outside: readonly string[],
): readonly ChangedPair[] | undefined {
  const affected = affectedServices(before.cluster, after.cluster);
  const keys = after.cluster.services.map(({ key }) => key);
  if (affected.size * (keys.length + outside.length) * 2 > MOST_PAIRS) return undefined;
  const places = new Map<string, Place>([
    ...keys.map((key) => [key, { service: key }] as const),
    ...outside.map((address) => [address, { address }] as const),
  ]);
  const pairs: ChangedPair[] = [];
  for (const [from, source] of places)
    for (const [to, destination] of places) {
      if (!affected.has(from) && !affected.has(to)) continue;
      const [was, is] = [before, after].map(({ evaluator }) => evaluator.rulesBetween(source, destination));
      if (was && is && JSON.stringify(was) !== JSON.stringify(is))
        pairs.push({ from, to, before: was, after: is });
    }
  return pairs;
}

/** Whose own policies, or stack, the edits touch. */
function affectedServices(before: EvaluatorInput, after: EvaluatorInput): ReadonlySet<ServiceKey> {
  const stacks = new Map(before.stacks.map((stack) => [stack.name, stack]));
  const labelsOf = ({ stack }: ClusterService) => stackLabelsOf(stack, stacks.get(stack));
  const services = new Map(before.services.map((service) => [service.key, service]));
  const changed = new Set(
    after.stacks.filter((stack) => stacks.get(stack.name) !== stack).map(({ name }) => name),
  );
  const selecting = changedClusterPolicies(before, after);
  return new Set(
    after.services
      .filter((service) => {
        if (selecting.some((policy) => selectsService(policy, service.labels, labelsOf(service))))
          return true;
        const was = services.get(service.key)?.policies;
        const same =
          was?.length === service.policies.length &&
          service.policies.every((policy, at) => policy === was[at]);
        return !same || changed.has(service.stack);
      })
      .map(({ key }) => key),
  );
}

function changedClusterPolicies(before: EvaluatorInput, after: EvaluatorInput): readonly ClusterPolicy[] {
  const was = new Set(before.clusterPolicies);
  return (after.clusterPolicies ?? []).filter((policy) => !was.has(policy));
}

/** How many connections between the two are decided otherwise: ports of each protocol, and ICMP as one. */
export function changedConnections({ before, after }: ChangedPair): number {
  const [was, is] = [setOf(before), setOf(after)];
  return countOf(was) + countOf(is) - 2 * countOf(intersection(was, is));
}

function setOf(spans: readonly PortSpan[]): PortSet {
  if (spans.some(({ protocol }) => protocol === 'any')) return EVERYTHING;
  const ranges = PROTOCOLS.map((protocol) => [
    protocol,
    spans
      .filter((span) => span.protocol === protocol)
      .map(({ port, endPort }) => (port === undefined ? EVERY_PORT : [port, endPort ?? port])),
  ]);
  return { ...NOTHING, ...(Object.fromEntries(ranges) as Omit<PortSet, 'everything'>) };
}

function countOf(set: PortSet): number {
  if (set.everything) return PROTOCOLS.length * EVERY_PORT[1] + 1;
  return PROTOCOLS.flatMap((protocol) => set[protocol]).reduce(
    (sum, [first, last]) => sum + last - first + 1,
    0,
  );
}
