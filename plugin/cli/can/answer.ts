import { formatLimit } from '../../../compose-ext/label/limit-label.ts';
import type { Direction, Protocol } from '../../../compose-ext/policy-model.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import type { Evaluator, SideVerdict, Verdict } from '../../../rules/evaluator.ts';
import type { PortSpan } from '../../../rules/port-set.ts';
import { CliFailure } from '../failure.ts';
import { findPlace } from './cluster-question.ts';
import type { AskedCluster, NamedPlace } from './cluster-question.ts';
import { readPlace, readTarget } from './read-place.ts';

export interface Answer {
  readonly allowed: boolean;
  /** It passes only because a stack is in audit. */
  readonly wouldDeny: boolean;
  readonly from: string;
  readonly to: string;
  readonly protocol?: Protocol | 'icmp';
  readonly port?: number;
  /** Of the target, as it is written: what is over it is dropped. Absent: it is denied, or not limited. */
  readonly limit?: string;
  /** What gets through when no port was asked for, each with its reasons. */
  readonly ports?: readonly OpenPort[];
  /** When no port was asked for and none is open. */
  readonly admitted?: Admitted;
  readonly ingress: SideVerdict;
  readonly egress: SideVerdict;
}

/** Ports that one side lets through, though the other does not. */
export type Admitted = Readonly<Record<Direction, readonly PortSpan[]>>;

export interface OpenPort {
  readonly span: PortSpan;
  readonly ingress: SideVerdict;
  readonly egress: SideVerdict;
}

export function answer(cluster: AskedCluster, fromText: string, toText: string): Answer {
  const from = findPlace(cluster, readPlace(fromText));
  if ('dnsName' in from.place)
    throw new CliFailure('bad-usage', `${fromText}: a DNS name can only be the target`, {
      hint: 'Who connects from outside is known by address.',
    });
  const target = readTarget(toText);
  const to = findPlace(cluster, target.place);
  const evaluator = createEvaluator(cluster);
  const names = { from: from.name, to: to.name };
  const withLimit = <T extends { readonly allowed: boolean }>(verdict: T) => ({
    ...names,
    ...verdict,
    ...(verdict.allowed && from.service && to.service?.limit && { limit: formatLimit(to.service.limit) }),
  });
  if (target.protocol === undefined) return withLimit(anyPort(evaluator, from, to));
  const protocol = target.protocol;
  const port = typeof target.port === 'string' ? namedPort(to, target.port, protocol) : target.port;
  const asked = { protocol, ...(port === undefined ? {} : { port }) };
  return withLimit({ ...asked, ...evaluator.judge({ from: from.place, to: to.place, ...asked }) });
}

function namedPort(to: NamedPlace, name: string, protocol: string): number {
  const ports = to.service?.ports.filter((port) => port.name !== undefined) ?? [];
  const found = ports.find((port) => port.name === name && port.protocol === protocol);
  if (found) return found.target;
  throw new CliFailure('unknown-name', `${to.name} has no ${protocol} port called ${name}`, {
    hint: ports.length > 0 ? `It has: ${ports.map((port) => port.name).join(', ')}.` : 'Give its number.',
  });
}

/** One connection of the span: all of it is allowed by the same sides or by a join of rules, of which this shows one. */
function sampleOf({ protocol, port }: PortSpan): { protocol: Protocol | 'icmp'; port?: number } {
  return { protocol: protocol === 'any' ? 'tcp' : protocol, ...(port === undefined ? {} : { port }) };
}

function anyPort(evaluator: Evaluator, from: NamedPlace, to: NamedPlace): Omit<Answer, 'from' | 'to'> {
  const [source, destination] = [from.place, to.place];
  const ports = evaluator.rulesBetween(source, destination).map((span) => {
    const { ingress, egress } = evaluator.judge({ from: source, to: destination, ...sampleOf(span) });
    return { span, ingress, egress };
  });
  const first = ports[0];
  if (first) return { allowed: true, wouldDeny: false, ports, ingress: first.ingress, egress: first.egress };
  const whole: Verdict = evaluator.judge({ from: source, to: destination, protocol: 'tcp' });
  return { ...whole, ports, admitted: admitted(evaluator, from, to) };
}

/** More than this no person reads. */
const NAMED_PORTS = 200;

/** Of the ports that the policies of either end name: which each side would let through. */
function admitted(evaluator: Evaluator, from: NamedPlace, to: NamedPlace): Admitted {
  const rules = [from, to].flatMap(
    ({ service }) => service?.policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]) ?? [],
  );
  const named = new Map<string, { protocol: Protocol; port: number }>();
  for (const { protocol, port } of rules.flatMap(({ ports }) => ports))
    if (typeof port === 'number' && named.size < NAMED_PORTS)
      named.set(`${port}/${protocol}`, { protocol, port });
  const asked = [...named.values()].map((span) => ({
    span,
    verdict: evaluator.judge({ from: from.place, to: to.place, ...span }),
  }));
  const side = (direction: Direction): readonly PortSpan[] =>
    asked.filter(({ verdict }) => verdict[direction].outcome === 'allowed').map(({ span }) => span);
  return { ingress: side('ingress'), egress: side('egress') };
}
