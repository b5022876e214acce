import type { EvaluatorInput } from '../evaluator.ts';
import { endName } from '../flows/flow-names.ts';
import type { FlowRecord, FlowVerdict } from '../flows/flow-record.ts';
import { createFlowJudge, type FlowJudgement, type PolicyVerdict } from '../flows/judge-flow.ts';

/** breaks: passes now, and would not. opens: the other way round. alters: passes both ways, and in audit in one of them. */
export type StagedEffect = 'breaks' | 'opens' | 'alters' | 'none';

export interface StagedVerdict {
  /** Of the policy in force, whatever it was when the flow was seen. */
  readonly now: PolicyVerdict;
  readonly then: PolicyVerdict;
  readonly effect: StagedEffect;
}

type SeenFlow = Pick<FlowRecord, 'source' | 'destination' | 'protocol' | 'port' | 'verdict'>;

/** Undefined: one of the two policies has no word on it. */
export type CompareVerdicts = (flow: SeenFlow) => StagedVerdict | undefined;

/** Addresses outside are many, and somebody else's choice. */
const REMEMBERED = 20_000;

/** What the policy in force says of a flow, beside what the staged one would. A pair is thought about once. */
export function compareVerdicts(enforced: EvaluatorInput, staged: EvaluatorInput): CompareVerdicts {
  const begin = () => ({ now: createFlowJudge(enforced), then: createFlowJudge(staged) });
  let judges = begin();
  const known = new Map<string, StagedVerdict | undefined>();
  return (flow) => {
    const key = pairKey(flow);
    if (known.has(key)) return known.get(key);
    if (known.size >= REMEMBERED) {
      known.clear();
      // The evaluators remember each address, too.
      judges = begin();
    }
    const [now, then] = [judges.now(flow), judges.then(flow)];
    const verdict = now && then && between(flow, now, then);
    known.set(key, verdict);
    return verdict;
  };
}

function pairKey({ source, destination, protocol, port, verdict }: SeenFlow): string {
  return JSON.stringify([
    source.kind,
    endName(source),
    destination.kind,
    endName(destination),
    protocol,
    port,
    verdict,
  ]);
}

function between(flow: SeenFlow, now: FlowJudgement, then: FlowJudgement): StagedVerdict {
  // It passed though no block lets it: by one of the names. Which one only its node knows, so all of them have to stay.
  const byName = flow.verdict === 'allowed' && now.verdict === 'denied' && now.names.length > 0;
  if (!byName) return verdictOf(now.verdict, then.verdict);
  const stays = now.names.every((name) => then.names.includes(name));
  return verdictOf('allowed', then.verdict === 'denied' && stays ? 'allowed' : then.verdict);
}

function verdictOf(now: PolicyVerdict, then: PolicyVerdict): StagedVerdict {
  return { now, then, effect: effectOf(now, then) };
}

function effectOf(now: PolicyVerdict, then: PolicyVerdict): StagedEffect {
  if (now === then) return 'none';
  if (then === 'denied') return 'breaks';
  return now === 'denied' ? 'opens' : 'alters';
}

/** What the record of a flow says of the staged policy: where both decide alike, what was seen. */
export function stagedField({ now, then }: StagedVerdict, seen: FlowVerdict): FlowVerdict {
  return now === then ? seen : then;
}

/** Nobody but a manager has a word on what is staged. */
export function withoutStaged(flow: FlowRecord): FlowRecord {
  if (flow.staged === undefined) return flow;
  const rest: { -readonly [Key in keyof FlowRecord]: FlowRecord[Key] } = { ...flow };
  delete rest.staged;
  return rest;
}
