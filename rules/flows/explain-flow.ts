import { formatLimit } from '../../compose-ext/label/limit-label.ts';
import type { Direction } from '../../compose-ext/policy-model.ts';
import { METADATA_POLICY, withSharedRules } from '../cluster-scope.ts';
import {
  createEvaluator,
  type EvaluatorInput,
  scopeOf,
  type SideVerdict,
  type Verdict,
} from '../evaluator.ts';
import type { DecidingRule } from '../network-policy.ts';
import { HOST_NETWORK } from '../host-firewall/host-program.ts';
import { createParty, type Party } from '../party.ts';
import { admitsPeer } from '../peer.ts';
import { edgeReason } from './edge-reason.ts';
import { endName, portName } from './flow-names.ts';
import type { FlowEnd, FlowReason, FlowRecord } from './flow-record.ts';
import { ipv6Reason } from './ipv6-reason.ts';
import { isAsked, placeOf, saidBy } from './judge-flow.ts';

/** What a reason is made from: the same of these has the same reason. */
export type ExplainedFlow = Pick<
  FlowRecord,
  'source' | 'destination' | 'protocol' | 'port' | 'verdict' | 'network'
>;

/** Undefined: this cluster's policy does not know the service whose rules would say. */
export type ExplainFlow = (flow: ExplainedFlow) => FlowReason | undefined;

/** Addresses outside are many, and somebody else's choice. */
const REMEMBERED = 20_000;

/** The sentence of each flow: which rule of which line decided. A pair is thought about once. */
export function createFlowExplainer(cluster: EvaluatorInput): ExplainFlow {
  let explain = explainerOf(cluster);
  const known = new Map<string, FlowReason | undefined>();
  return (flow) => {
    const key = keyOf(flow);
    if (known.has(key)) return known.get(key);
    if (known.size >= REMEMBERED) {
      known.clear();
      // The evaluator remembers each address, too.
      explain = explainerOf(cluster);
    }
    const reason = explain(flow);
    known.set(key, reason);
    return reason;
  };
}

function keyOf({ source, destination, protocol, port, verdict, network }: ExplainedFlow): string {
  const end = ({ kind, service, address }: FlowEnd) => [kind, service ?? address];
  return JSON.stringify([end(source), end(destination), protocol, port, verdict, network]);
}

function explainerOf(cluster: EvaluatorInput): ExplainFlow {
  const evaluator = createEvaluator(cluster);
  const scope = withSharedRules(scopeOf(cluster));
  const services = new Map(cluster.services.map((service) => [service.key, service]));
  const stacks = new Map(cluster.stacks.map((stack) => [stack.name, stack]));
  const parties = new Map<string, Party | undefined>();

  function partyOf({ service: key }: FlowEnd): Party | undefined {
    if (key === undefined) return undefined;
    if (parties.has(key)) return parties.get(key);
    const service = services.get(key);
    const party = service && createParty(service, stacks.get(service.stack), { scope });
    parties.set(key, party);
    return party;
  }

  return (flow) => {
    const { source, destination, protocol, port, verdict } = flow;
    const ends = { egress: source, ingress: destination };
    const own = { egress: partyOf(source), ingress: partyOf(destination) };
    if ([source, destination].some(({ service }) => service !== undefined && !services.has(service)))
      return undefined;
    // Only the node that tells of it knows its policy.
    if (flow.network === HOST_NETWORK) return undefined;
    const stranger = strangerIn(flow);
    if (stranger !== undefined) return stranger;
    const closed = ipv6Reason(flow);
    if (!isAsked(protocol)) return closed;
    const asked = { protocol, ...(port !== undefined && { port }) };
    const judged = evaluator.judge({ from: placeOf(source), to: placeOf(destination), ...asked });
    if (
      closed !== undefined &&
      !isSaidOfPair(flow, judged) &&
      judged.egress.deniedBy?.policy !== METADATA_POLICY
    ) {
      const [isolating] = judged[destination.service === undefined ? 'egress' : 'ingress'].isolatedBy;
      return { ...closed, ...(isolating && at(isolating)) };
    }
    if (verdict === 'limited') return limitReason(flow, own.ingress);
    if (saidBy(judged) !== verdict)
      return (
        edgeReason(flow) ?? {
          policy: endName(destination),
          text: `the policy was another then: by today's it is ${saidBy(judged)}`,
        }
      );
    const reasonOf = (direction: Direction): FlowReason => {
      const other = ends[direction === 'ingress' ? 'egress' : 'ingress'];
      const names = { own: endName(ends[direction]), other: endName(other), ports: portName(flow) };
      const near = own[direction] && nearestRule(own[direction], direction, partyOf(other));
      return sideReason(judged[direction], direction, names, near);
    };
    const decisive = decisiveSides(judged, own, verdict);
    const [first = 'ingress', second] = decisive;
    const reason = reasonOf(first);
    return second === undefined ? reason : withSecond(reason, reasonOf(second));
  };
}

/** Whatever the way from one to the other, its rules are reason enough. */
function isSaidOfPair({ source, destination, verdict }: ExplainedFlow, judged: Verdict): boolean {
  return source.service !== undefined && destination.service !== undefined && saidBy(judged) === verdict;
}

/** An end that no policy can name. */
function strangerIn({ source, destination, network }: ExplainedFlow): FlowReason | undefined {
  const policy = endName(destination);
  if (source.kind === 'balancer')
    return { policy, text: 'it was judged on the node of the client, whose load balancer speaks for it' };
  const stranger = [source, destination].find(
    ({ kind, service }) => service === undefined && (kind === 'unknown' || kind === 'container'),
  );
  if (stranger === undefined) return undefined;
  const text =
    stranger.kind === 'container'
      ? `${endName(stranger)} is of no service, so no policy allows it`
      : `no service has ${stranger.address} on ${network}, so no policy allows it`;
  return { policy, text };
}

/** The sides that made the verdict; the destination's first, as it is the one that most people guard. */
function decisiveSides(
  judged: Verdict,
  own: Readonly<Record<Direction, Party | undefined>>,
  verdict: FlowRecord['verdict'],
): readonly Direction[] {
  const both: readonly Direction[] = ['ingress', 'egress'];
  const decides = (direction: Direction): boolean => {
    const { outcome, tier } = judged[direction];
    if (verdict === 'allowed') return outcome === 'allowed';
    if (outcome !== 'denied') return false;
    const audit = own[direction]?.audit ?? 'none';
    return verdict === 'would-deny' || audit === 'none' || (audit === 'own' && tier === 'admin');
  };
  const found = both.filter(decides);
  // Nothing restricts it: said of the end that has policies at all.
  return found.length > 0 ? found : both.filter((direction) => own[direction] !== undefined).slice(0, 1);
}

interface SideNames {
  readonly own: string;
  readonly other: string;
  readonly ports: string;
}

function sideReason(
  side: SideVerdict,
  direction: Direction,
  { own, other, ports }: SideNames,
  near: DecidingRule | undefined,
): FlowReason {
  const [allowing] = side.rules;
  if (side.deniedBy?.policy === METADATA_POLICY)
    return { policy: METADATA_POLICY, text: `no egress rule of ${own} names the metadata address ${other}` };
  if (side.deniedBy)
    return { ...byTier(side, side.deniedBy, `denies ${other} on ${ports}`), ...at(side.deniedBy) };
  if (side.outcome === 'allowed' && allowing)
    return allowing.cluster
      ? { ...byTier(side, allowing, `allows ${other} on ${ports}`), ...at(allowing) }
      : { policy: own, text: `${ruleName(allowing, own)} allows ${other} on ${ports}`, ...at(allowing) };
  if (side.outcome !== 'denied') return { policy: own, text: `nothing restricts the ${direction} of ${own}` };
  return { policy: own, ...missingRule(side, direction, { own, other, ports }, near) };
}

function missingRule(
  { isolatedBy }: SideVerdict,
  direction: Direction,
  { own, other, ports }: SideNames,
  near: DecidingRule | undefined,
): Omit<FlowReason, 'policy'> {
  const [isolating] = isolatedBy;
  if (isolating === undefined) return { text: `nothing is known about ${own}` };
  if (isolating.policy === 'default')
    return {
      text: `no policy selects the ${direction} of ${own}, and the default of stack ${isolating.stack} is deny`,
      ...at(isolating),
    };
  const text = `no ${direction} rule of ${own} allows ${other}`;
  return near ? { text: `${text} on ${ports}`, ...at(near) } : { text, ...at(isolating) };
}

function byTier(side: SideVerdict, rule: DecidingRule, does: string): Pick<FlowReason, 'policy' | 'text'> {
  const policy = `${side.tier ?? 'cluster policy'} ${rule.policy}`;
  return { policy, text: `${rule.rule === undefined ? policy : `${policy}, rule ${rule.rule},`} ${does}` };
}

/** A label is known by its service, a policy of x-swarmwall by its name. */
function ruleName({ policy, stack, direction }: DecidingRule, own: string): string {
  const label = `${own.slice(own.indexOf('/') + 1)}.${direction}`;
  return policy === label
    ? `an ${direction} rule of ${own}`
    : `policy ${policy} of stack ${stack}, for the ${direction} of ${own},`;
}

/** Of its own rules the first that means the other end, on whichever ports. */
function nearestRule(own: Party, direction: Direction, other: Party | undefined): DecidingRule | undefined {
  if (other === undefined) return undefined;
  return own.sides[direction].rules.find((rule) => admitsPeer(rule, { kind: 'service', party: other }))
    ?.decides;
}

function limitReason({ destination }: ExplainedFlow, party: Party | undefined): FlowReason {
  const limit = party?.service.limit;
  const policy = endName(destination);
  return { policy, text: `over the limit of ${policy}${limit ? ` (${formatLimit(limit)})` : ''}` };
}

/** In the order of the way, so that the place at the end is the first's. */
function withSecond(first: FlowReason, { text, file, line }: FlowReason): FlowReason {
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${String(line)}`})`;
  return { ...first, text: `${text}${place}; ${first.text}` };
}

function at({ origin: { file, line } }: DecidingRule): Pick<FlowReason, 'file' | 'line'> {
  return file === '' ? {} : { file, line };
}
