import { nearest } from '../compose-ext/nearest.ts';
import type { Direction, Protocol, ServiceKey } from '../compose-ext/policy-model.ts';
import { parseAddress } from './address-block.ts';
import type { DecidingRule } from './network-policy.ts';
import { createEvaluator, type EvaluatorInput, type Place, type SideVerdict } from './evaluator.ts';

/** An exact question, as a suite asks it; whatever else it carries is given back. */
export interface Probe {
  readonly src: string;
  readonly dst: string;
  /** In either case. */
  readonly protocol: string;
  /** A string is the name of one of the destination's ports. */
  readonly port: number | string;
}

export interface DecidingPolicy {
  readonly name: string;
  /** '' of a cluster policy. */
  readonly stack: string;
  /** It is an administrator's, for the whole cluster. */
  readonly cluster?: true;
  readonly direction: Direction;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ProbeAnswer extends Probe {
  readonly allowed: boolean;
  readonly ingress: SideVerdict['outcome'];
  readonly egress: SideVerdict['outcome'];
  /** Rules that allow; of a side that denies, the cluster policy's rule that does, or the policies that isolate it. */
  readonly policies: readonly DecidingPolicy[];
  /** Only where the answer needs a word. */
  readonly note?: string;
}

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

interface Asked {
  readonly from: Place;
  readonly to: Place;
  readonly protocol: Protocol;
  /** Absent: the destination has no port of that name. */
  readonly port?: number;
}

/** Answers all, or says of each malformed one what is wrong with it. */
export function answerProbes(
  cluster: ProbedCluster,
  probes: readonly unknown[],
): { readonly answers: readonly ProbeAnswer[]; readonly problems: readonly ProbeProblem[] } {
  const evaluator = createEvaluator(cluster);
  const read = createProbeReader(cluster);
  const decidedBy = createDecidedBy();
  const problems: ProbeProblem[] = [];
  const answers: ProbeAnswer[] = [];
  probes.forEach((written, index) => {
    const asked = read(written);
    if (typeof asked === 'string') {
      problems.push({ index, message: asked });
      return;
    }
    const probe = written as Probe;
    if (isToItself(cluster, asked)) {
      const note = 'a pod always reaches itself';
      answers.push({
        ...{ ...probe, allowed: true, ingress: 'not-isolated', egress: 'not-isolated', policies: [], note },
      });
      return;
    }
    const verdict = evaluator.judge(asked);
    const missing = asked.port === undefined;
    answers.push({
      ...probe,
      allowed: verdict.allowed && !missing,
      ingress: verdict.ingress.outcome,
      egress: verdict.egress.outcome,
      policies: [...decidedBy(verdict.egress), ...decidedBy(verdict.ingress)],
      ...(missing && { note: `${probe.dst} has no ${asked.protocol} port called ${probe.port}` }),
    });
  });
  return { answers, problems };
}

function isToItself({ single }: ProbedCluster, { from, to }: Asked): boolean {
  if (!('service' in from) || !('service' in to)) return false;
  return from.service === to.service && single?.has(from.service) === true;
}

/** Few policies decide many probes: each is told once, and shared. */
function createDecidedBy(): (verdict: SideVerdict) => readonly DecidingPolicy[] {
  const told = new Map<DecidingRule, DecidingPolicy>();
  const tell = (rule: DecidingRule): DecidingPolicy => {
    const known = told.get(rule);
    if (known) return known;
    const { policy, stack, cluster, direction, origin } = rule;
    const deciding = {
      ...{ name: policy, stack, ...(cluster && { cluster }), direction },
      ...{ file: origin.file, line: origin.line, column: origin.column },
    };
    told.set(rule, deciding);
    return deciding;
  };
  const isolating = new Map<readonly DecidingRule[], readonly DecidingPolicy[]>();
  return ({ outcome, rules, isolatedBy, deniedBy }) => {
    if (outcome !== 'denied') return rules.map(tell);
    if (deniedBy) return [tell(deniedBy)];
    const known = isolating.get(isolatedBy) ?? isolatedBy.map(tell);
    isolating.set(isolatedBy, known);
    return known;
  };
}

/** Suggesting a name takes a look at every name there is: a few show what is wrong with all. */
const SUGGESTIONS = 20;

/** A reader of probes: a string says what is wrong. */
function createProbeReader(cluster: ProbedCluster): (written: unknown) => Asked | string {
  const services = new Map(cluster.services.map((service) => [service.key, service]));
  let suggestions = 0;
  const findPlace = (text: unknown, key: string): Place | string => {
    if (typeof text !== 'string' || text === '') return `"${key}" must be a name or an address`;
    if (services.has(text)) return { service: text };
    const address = parseAddress(cluster.externals?.get(text) ?? text);
    if (address) {
      const owner = cluster.owners?.get(address.toNormalizedString());
      return owner === undefined ? { address: address.toNormalizedString() } : { service: owner };
    }
    const names =
      suggestions++ < SUGGESTIONS ? [...services.keys(), ...(cluster.externals?.keys() ?? [])] : [];
    const near = nearest(text, names);
    return `"${key}": there is no ${text}${near === undefined ? '' : `; did you mean ${near}?`}`;
  };
  const places = new Map<unknown, Place | string>();
  const placeOf = (text: unknown, key: string): Place | string => {
    const known = places.get(text) ?? findPlace(text, key);
    if (typeof known !== 'string') places.set(text, known);
    return known;
  };
  return (written) => {
    if (typeof written !== 'object' || written === null || Array.isArray(written))
      return 'must be an object { src, dst, protocol, port }';
    const probe = written as Readonly<Record<string, unknown>>;
    const [from, to] = [placeOf(probe['src'], 'src'), placeOf(probe['dst'], 'dst')];
    const protocol = readProtocol(probe['protocol']);
    const port = readPort(probe['port']);
    const wrong = [
      ...[from, to].filter((each) => typeof each === 'string'),
      ...(protocol === undefined ? ['"protocol" must be TCP, UDP or SCTP'] : []),
      ...(port === undefined ? ['"port" must be a number from 1 to 65535, or the name of a port'] : []),
    ];
    if (typeof from === 'string' || typeof to === 'string' || protocol === undefined || port === undefined)
      return wrong.join('; ');
    if (typeof port === 'number') return { from, to, protocol, port };
    const ports = 'service' in to ? (services.get(to.service)?.ports ?? []) : [];
    const named = ports.find((each) => each.name === port && each.protocol === protocol);
    return { from, to, protocol, ...(named && { port: named.target }) };
  };
}

function readProtocol(value: unknown): Protocol | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : undefined;
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined;
}

/** Digits are a number however they are written: a port's name has a letter in it. */
function readPort(value: unknown): number | string | undefined {
  if (typeof value === 'string' && !/^\d+$/u.test(value)) return value === '' ? undefined : value;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const port = Number(value);
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? port : undefined;
}
