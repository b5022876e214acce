import { type Audit, auditOf } from '../audit.ts';
import type { Direction, Peer, PortMatch } from '../../compose-ext/policy-model.ts';
import { createEvaluator, type EvaluatorInput, type Question, type Verdict } from '../evaluator.ts';
import type { ClusterService } from '../network-policy.ts';
import { changedConnections, changedPairs, type ChangedPair, type Judged } from './changed-pairs.ts';
import { narrowRule } from './narrow-rule.ts';
import { applyEdits, labelOf, type PolicyEdit } from './policy-edit.ts';
import type { SideWalk } from './walk-side.ts';

/** A change of policy after which the answer is the other one: judged, not guessed. */
export interface Flip {
  readonly edits: readonly PolicyEdit[];
  /** All that it changes, the pair asked for included. Absent: too many pairs to look at. */
  readonly pairs?: readonly ChangedPair[];
}

export interface FlipQuestion {
  readonly cluster: EvaluatorInput;
  readonly question: Question;
  /** What an entry calls the end that is an address: the address, or the world. */
  readonly outside: Peer | undefined;
  /** Addresses to look at for what else changes, beside the question's. */
  readonly elsewhere: readonly string[];
  readonly verdict: Verdict;
  readonly walks: Readonly<Record<Direction, SideWalk>>;
}

/** Of those that work the one that changes the fewest connections; undefined when policy cannot turn it. */
export function findFlip(asked: FlipQuestion): Flip | undefined {
  const before = judged(asked.cluster);
  const { from, to } = asked.question;
  const addresses = [from, to].flatMap((place) => ('address' in place ? [place.address] : []));
  const flips = candidates(asked).flatMap((edits): Flip[] => {
    const after = judged(applyEdits(asked.cluster, edits));
    if (after.evaluator.judge(asked.question).allowed === asked.verdict.allowed) return [];
    const pairs = changedPairs(before, after, [...new Set([...addresses, ...asked.elsewhere])]);
    return [{ edits, ...(pairs && { pairs }) }];
  });
  return flips.toSorted(
    (a, b) =>
      Number(isAdministrators(a)) - Number(isAdministrators(b)) ||
      sizeOf(a) - sizeOf(b) ||
      a.edits.length - b.edits.length,
  )[0];
}

function judged(cluster: EvaluatorInput): Judged {
  return { cluster, evaluator: createEvaluator(cluster) };
}

/** The last resort: not the service's own to change. */
function isAdministrators({ edits }: Flip): boolean {
  return edits.some(({ kind }) => kind === 'add-cluster-rule');
}

function sizeOf({ pairs }: Flip): number {
  if (!pairs) return Number.MAX_SAFE_INTEGER;
  return pairs.reduce((sum, pair) => sum + changedConnections(pair), 0);
}

function candidates(asked: FlipQuestion): readonly (readonly PolicyEdit[])[] {
  const sides = (['ingress', 'egress'] as const).flatMap((direction) => {
    const service = endOf(asked, direction);
    return service ? [{ direction, service, walk: asked.walks[direction] }] : [];
  });
  if (asked.verdict.allowed)
    return sides.map(({ service, walk }) => {
      if (walk.tier !== 'admin') return [...enforcing(asked, service), ...denying(asked, service, walk)];
      const overruled = walk.outcome === 'denied' ? undefined : overruling(asked, walk, 'deny');
      // In a stack's own audit an administrator's Deny counts.
      const first = auditIn(asked, service) === 'all' ? enforcing(asked, service) : [];
      return [...first, ...(overruled ? [overruled] : [])];
    });
  const denied = sides.filter(({ service, walk }) => {
    if (walk.outcome !== 'denied') return false;
    const audit = auditIn(asked, service);
    return audit === 'none' || (audit === 'own' && walk.tier === 'admin');
  });
  const edits = denied.map(({ service, direction, walk }) =>
    walk.tier === 'admin' ? overruling(asked, walk, 'allow') : addedEntry(asked, service, direction),
  );
  // A first label in a stack makes it deny by default: then the side that let pass needs an entry, too.
  const others = sides
    .filter((side) => !denied.includes(side) && side.walk.isolatedBy.length === 0)
    .map(({ service, direction }) => addedEntry(asked, service, direction));
  return [edits, [...edits, ...others]].map((all) => all.filter((edit) => edit !== undefined));
}

/** Of a side that an administrator's rule decides: what its service's own policies say is not asked. */
function overruling(asked: FlipQuestion, walk: SideWalk, action: 'allow' | 'deny'): PolicyEdit | undefined {
  const { direction, tiers } = walk;
  const deciding = tiers.admin.find(({ admits, late }) => admits && !late);
  const peer = peerOf(asked, direction);
  if (!deciding || !peer) return undefined;
  const port = exactPort(asked.question);
  return {
    ...{ kind: 'add-cluster-rule', before: deciding.rule, index: deciding.index, action, peer },
    ...(port && { port }),
  };
}

/** The other end, as a rule of this side would write it. */
function peerOf(asked: FlipQuestion, direction: Direction): Peer | undefined {
  const other = endOf(asked, direction === 'ingress' ? 'egress' : 'ingress');
  return other ? { kind: 'service', stack: other.stack, service: other.name } : asked.outside;
}

function endOf({ cluster, question }: FlipQuestion, direction: Direction): ClusterService | undefined {
  const place = direction === 'ingress' ? question.to : question.from;
  return 'service' in place ? cluster.services.find(({ key }) => key === place.service) : undefined;
}

/** What its side denies passes while it is in audit. */
function enforcing(asked: FlipQuestion, service: ClusterService): PolicyEdit[] {
  const { stack, key, administered, mode } = service;
  if (auditIn(asked, service) === 'none') return [];
  if (administered !== undefined) return [{ kind: 'enforce', stack, service: key, by: 'administrator' }];
  return [{ kind: 'enforce', stack, ...(mode !== undefined && { service: key }) }];
}

function auditIn({ cluster }: FlipQuestion, service: ClusterService): Audit {
  return auditOf(
    service,
    cluster.stacks.find(({ name }) => name === service.stack),
  );
}

function denying({ question }: FlipQuestion, service: ClusterService, walk: SideWalk): PolicyEdit[] {
  if (walk.outcome === 'denied') return [];
  if (walk.outcome === 'not-isolated' || walk.tier === 'baseline')
    return [{ kind: 'isolate', service: service.key, direction: walk.direction }];
  return walk.rules
    .filter(({ admits }) => admits)
    .map((step) => ({
      kind: 'narrow-rule',
      rule: step.rule,
      ...(labelOf(service, walk.direction)?.name === step.rule.policy && { labelOf: service.key }),
      index: step.index,
      written: { peers: step.peers.map(({ peer }) => peer), ports: step.ports.map(({ match }) => match) },
      left: narrowRule(step, question),
    }));
}

function addedEntry(
  asked: FlipQuestion,
  service: ClusterService,
  direction: Direction,
): PolicyEdit | undefined {
  const peer = peerOf(asked, direction);
  if (!peer) return undefined;
  const label = labelOf(service, direction);
  const port = exactPort(asked.question);
  return {
    kind: 'add-entry',
    service: service.key,
    direction,
    peer,
    ...(port && { port }),
    ...(label && { label: { origin: label.origin, none: label[direction].length === 0 } }),
  };
}

function exactPort({ protocol, port }: Question): PortMatch | undefined {
  return protocol === 'icmp' ? undefined : { protocol, ...(port !== undefined && { port }) };
}
