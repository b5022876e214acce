import type { Peer, PolicyModel, ServiceKey, StackModel } from '../policy-model.ts';
import { selects, serviceKey, type Reach } from '../reach.ts';
import { crossStackName } from './segment-name.ts';

/** A network between two services of two stacks, made once, outside both. */
export interface ExternalSegment {
  readonly name: string;
  readonly members: readonly [ServiceKey, ServiceKey];
  readonly driver: 'overlay';
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly internal: boolean;
  readonly encrypted: boolean;
}

interface Context {
  readonly reach: Reach;
  readonly touchesWorld: (key: ServiceKey) => boolean;
  readonly encrypted: boolean;
  readonly unattached: ReadonlySet<ServiceKey> | undefined;
}

/**
 * One a pair: a wider one would let others meet. Only pairs that a rule means by name or by selector count:
 * `any`, and a stack without policies, would else join every stack with every other.
 */
export function externalSegments(model: PolicyModel, own: StackModel, context: Context): ExternalSegment[] {
  const { reach } = context;
  const pairs = new Map<string, readonly [ServiceKey, ServiceKey]>();
  const add = (a: ServiceKey, b: ServiceKey) => {
    const pair = a < b ? ([a, b] as const) : ([b, a] as const);
    pairs.set(pair.join(' '), pair);
  };
  for (const service of own.services) {
    const key = serviceKey(own.name, service.name);
    if (context.unattached?.has(key)) continue;
    for (const other of model.stacks) {
      if (other.name === own.name) continue;
      for (const { name } of other.services) {
        const peer = serviceKey(other.name, name);
        if (reach.isMeant(key, peer) || reach.isMeant(peer, key)) add(key, peer);
      }
    }
    for (const peer of namedButUnknown(model, own, service.name)) add(key, peer);
  }
  return [...pairs.values()]
    .map((members) => externalSegment(members, model, own, context))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Services of stacks that are not in the model, named outright: taken at their word. */
function namedButUnknown(model: PolicyModel, own: StackModel, serviceName: string): ServiceKey[] {
  const service = own.services.find(({ name }) => name === serviceName);
  const known = new Set(model.stacks.map(({ name }) => name));
  if (service === undefined) return [];
  const isUnknown = (peer: Peer) => peer.kind === 'service' && !known.has(peer.stack);
  return own.policies
    .filter((policy) => selects(policy, service))
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ peers }) => peers.filter(isUnknown))
    .flatMap((peer) => (peer.kind === 'service' ? [serviceKey(peer.stack, peer.service)] : []));
}

/** Both sides must come to the same network: encrypted if either stack asks for it, internal if neither minds. */
function externalSegment(
  members: readonly [ServiceKey, ServiceKey],
  model: PolicyModel,
  own: StackModel,
  context: Context,
): ExternalSegment {
  const stacks = members.map((key) =>
    model.stacks.find(({ name }) => name === key.slice(0, key.indexOf('/'))),
  );
  const encrypted = stacks.some((stack) =>
    stack === undefined || stack.name === own.name ? context.encrypted : stack.annotated && stack.encrypted,
  );
  return {
    name: crossStackName(...members),
    members,
    driver: 'overlay',
    driverOptions: encrypted ? { encrypted: 'true' } : {},
    labels: { 'swarmwall.segment': '1' },
    internal: !members.some((key, index) => stacks[index] === undefined || context.touchesWorld(key)),
    encrypted,
  };
}
