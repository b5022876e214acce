import type { Direction, ServiceKey } from '../compose-ext/policy-model.ts';
import { createEvaluator, type EvaluatorInput, type SideVerdict } from './evaluator.ts';
import { createPolicyLists, type DecidingPolicy } from './probe-policies.ts';
import { type Asked, createProbeReader } from './probe-reader.ts';

/** An exact question, as a suite asks it; whatever else it carries is given back. */
export interface Probe {
  readonly src: string;
  readonly dst: string;
  /** In either case. */
  readonly protocol: string;
  /** A string is the name of one of the destination's ports. */
  readonly port: number | string;
}

/** What is added to a probe. */
export interface Decision {
  readonly allowed: boolean;
  readonly ingress: SideVerdict['outcome'];
  readonly egress: SideVerdict['outcome'];
  /** Rules that allow; of a side that denies, the cluster policy's rule that does, or the policies that isolate it. */
  readonly policies: Readonly<Record<Direction, readonly DecidingPolicy[]>>;
  /** Only where the answer needs a word. */
  readonly note?: string;
}

export type ProbeAnswer = Probe & Decision;

export interface ProbeProblem {
  /** Of the probe in its list, from 0. */
  readonly index: number;
  readonly message: string;
}

export interface ProbedCluster extends EvaluatorInput {
  /** Services of one endpoint: what they send to themselves never leaves it. */
  readonly single?: ReadonlySet<ServiceKey>;
  /** Whose an address is, in `toNormalizedString` form: such a one is not outside. */
  readonly owners?: ReadonlyMap<string, ServiceKey>;
  /** Names of addresses. */
  readonly externals?: ReadonlyMap<string, string>;
}

/** As many answers as there are probes without a problem. */
export function answerProbes(
  cluster: ProbedCluster,
  probes: readonly unknown[],
): { readonly answers: Generator<ProbeAnswer>; readonly problems: readonly ProbeProblem[] } {
  const read = createProbeReader(cluster);
  const problems: ProbeProblem[] = [];
  const sound: ReadProbe[] = [];
  probes.forEach((written, index) => {
    const asked = read(written);
    if (typeof asked === 'string') problems.push({ index, message: asked });
    else sound.push({ probe: written as Probe, asked });
  });
  return { answers: answersTo(cluster, sound), problems };
}

interface ReadProbe {
  readonly probe: Probe;
  readonly asked: Asked;
}

function* answersTo(cluster: ProbedCluster, probes: readonly ReadProbe[]): Generator<ProbeAnswer> {
  const decide = createDecider(cluster);
  const decisions = new Map<ReadProbe, Decision>();
  for (const each of byDestination(probes)) decisions.set(each, decide(each));
  for (const each of probes) {
    const decision = decisions.get(each);
    if (decision) yield { ...each.probe, ...decision };
  }
}

/** A destination's rules are then near at hand when the next probe needs them: of a big cluster it halves the time. */
function byDestination(probes: readonly ReadProbe[]): readonly ReadProbe[] {
  const groups = new Map<string, ReadProbe[]>();
  for (const each of probes) {
    const group = groups.get(each.probe.dst);
    if (group) group.push(each);
    else groups.set(each.probe.dst, [each]);
  }
  return [...groups.values()].flat();
}

function createDecider(cluster: ProbedCluster): (read: ReadProbe) => Decision {
  const evaluator = createEvaluator(cluster);
  const tell = createPolicyLists();
  return ({ probe, asked }) => {
    if (isToItself(cluster, asked)) return TO_ITSELF;
    const { allowed, ingress, egress } = evaluator.judge(asked);
    const decision = {
      allowed,
      ingress: ingress.outcome,
      egress: egress.outcome,
      policies: { egress: tell(egress), ingress: tell(ingress) },
    };
    if (asked.port !== undefined) return decision;
    const note = `${probe.dst} has no ${asked.protocol} port called ${probe.port}`;
    return { ...decision, allowed: false, note };
  };
}

const TO_ITSELF = {
  allowed: true,
  ingress: 'not-isolated',
  egress: 'not-isolated',
  policies: { ingress: [], egress: [] },
  note: 'a pod always reaches itself',
} as const;

function isToItself({ single }: ProbedCluster, { from, to }: Asked): boolean {
  if (!('service' in from) || !('service' in to)) return false;
  return from.service === to.service && single?.has(from.service) === true;
}
