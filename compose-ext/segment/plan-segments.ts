import type { Isolation, PolicyModel, ServiceKey, StackModel } from '../policy-model.ts';
import { createReach, serviceKey, type Reach } from '../reach.ts';
import { cliqueCover } from './clique-cover.ts';
import { externalSegments, type ExternalSegment } from './cross-stack.ts';
import { createGraph, pairsOf, type Clique, type Edge } from './graph.ts';
import { mergeHubs } from './hub-merge.ts';
import { segmentName } from './segment-name.ts';

export interface Segment {
  /** As in the Compose file: Docker puts the stack's name before it. */
  readonly name: string;
  readonly members: readonly ServiceKey[];
  /** No member may reach, or be reached from, the world. */
  readonly internal: boolean;
  readonly encrypted: boolean;
}

export type { ExternalSegment };
export type ServicePair = readonly [ServiceKey, ServiceKey];

export interface SegmentPlan {
  readonly segments: readonly Segment[];
  /** Between two stacks: made outside both. */
  readonly external: readonly ExternalSegment[];
  /** Pairs that share a segment though they may not talk (`balanced`). */
  readonly pairsKeptApartByRulesOnly: readonly ServicePair[];
}

export interface SegmentOptions {
  /** Default: the stack's own settings. */
  readonly isolation?: Isolation;
  readonly encrypted?: boolean;
  /** Services on the host's network or on none: no segment takes them. */
  readonly unattached?: ReadonlySet<ServiceKey>;
  /** Services that touch the world though the model does not show it (a port that is a variable). */
  readonly worldly?: ReadonlySet<ServiceKey>;
}

const NOTHING: SegmentPlan = { segments: [], external: [], pairsKeptApartByRulesOnly: [] };

/** The networks of one stack of the model; the others are there for what lies between them. */
export function planSegments(
  model: PolicyModel,
  stackName: string,
  options: SegmentOptions = {},
): SegmentPlan {
  const stack = model.stacks.find(({ name }) => name === stackName);
  const isolation = options.isolation ?? stack?.isolation;
  if (stack === undefined || !stack.annotated || isolation === 'off') return NOTHING;
  const encrypted = options.encrypted ?? stack.encrypted;
  const reach = createReach(model);
  const touchesWorld = (key: ServiceKey) => options.worldly?.has(key) === true || reach.touchesWorld(key);
  const keys = attachedKeys(stack, options);
  const edges = edgesBetween(keys, reach);
  const cover = cliqueCover(createGraph(keys.length, edges));
  const linked = isolation === 'balanced' ? mergeHubs(cover) : cover;
  const placed = new Set(linked.flat());
  const alone = keys.flatMap((_, index): Clique[] => (placed.has(index) ? [] : [[index]]));
  const segments = [...linked, ...alone].map((clique): Segment => {
    const members = clique.flatMap((index) => keys[index] ?? []);
    const services = members.map((key) => key.slice(stackName.length + 1));
    const internal = !members.some(touchesWorld);
    return { name: segmentName(stackName, services), members, internal, encrypted };
  });
  return {
    segments,
    external: externalSegments(model, stack, {
      reach,
      touchesWorld,
      encrypted,
      unattached: options.unattached,
    }),
    pairsKeptApartByRulesOnly: apartByRules(linked, edges, keys),
  };
}

function attachedKeys(stack: StackModel, { unattached }: SegmentOptions): ServiceKey[] {
  return stack.services
    .map(({ name }) => serviceKey(stack.name, name))
    .filter((key) => unattached?.has(key) !== true)
    .sort();
}

function edgesBetween(keys: readonly ServiceKey[], reach: Reach): Edge[] {
  return keys.flatMap((a, i) =>
    keys.flatMap((b, j): Edge[] => (i < j && (reach.mayTalk(a, b) || reach.mayTalk(b, a)) ? [[i, j]] : [])),
  );
}

function apartByRules(
  cliques: readonly Clique[],
  edges: readonly Edge[],
  keys: readonly ServiceKey[],
): ServicePair[] {
  const allowed = new Set(edges.map(([a, b]) => `${a} ${b}`));
  const apart = new Map<string, ServicePair>();
  for (const [a, b] of cliques.flatMap(pairsOf)) {
    const [first, second] = [keys[a], keys[b]];
    if (allowed.has(`${a} ${b}`) || first === undefined || second === undefined) continue;
    apart.set(`${a} ${b}`, [first, second]);
  }
  return [...apart.values()].sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
}
