import { isDeepStrictEqual } from 'node:util';
import type { CidrGroup, ClusterPolicy, ServiceKey } from '../compose-ext/policy-model.ts';
import { type ClusterScope, createScope, selectsService } from './cluster-scope.ts';
import { createMetadata } from './metadata.ts';
import { MultiMap } from './multi-map.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';
import { createParty, type Party, stackLabelsOf } from './party.ts';
import { speaksOf } from './side.ts';

/** The services of the cluster, each computed anew only when it, its stack or what selects it changed. */
export class Roster {
  readonly #stacks = new Map<string, StackSettings>();
  readonly #services = new Map<ServiceKey, ClusterService>();
  readonly #byStack = new MultiMap<string, ServiceKey>();
  readonly #parties = new Map<ServiceKey, Party>();
  #stale = new Set<ServiceKey>();
  #clusterPolicies: readonly ClusterPolicy[] = [];
  #groups: readonly CidrGroup[] = [];
  #metadata = createMetadata();
  #scope: ClusterScope = createScope();

  /** As of the last {@link refresh}. */
  get parties(): ReadonlyMap<ServiceKey, Party> {
    return this.#parties;
  }

  get size(): number {
    const kept = [this.#stacks, this.#services, this.#byStack, this.#parties];
    return kept.reduce((sum, { size }) => sum + size, this.#clusterPolicies.length + this.#groups.length);
  }

  setStack(name: string, stack: StackSettings | undefined): void {
    if (isDeepStrictEqual(this.#stacks.get(name), stack)) return;
    if (stack) this.#stacks.set(name, stack);
    else this.#stacks.delete(name);
    for (const key of this.#byStack.get(name)) this.#stale.add(key);
  }

  setService(key: ServiceKey, service: ClusterService | undefined): void {
    const before = this.#services.get(key);
    if (isDeepStrictEqual(before, service)) return;
    if (before) this.#byStack.delete(before.stack, key);
    if (service) {
      this.#services.set(key, service);
      this.#byStack.add(service.stack, key);
    } else this.#services.delete(key);
    this.#stale.add(key);
  }

  /** All of them. Those who a policy that changed selects, or did select, are computed anew. */
  setClusterPolicies(policies: readonly ClusterPolicy[]): void {
    const changed = differing(this.#clusterPolicies, policies);
    this.#clusterPolicies = policies;
    this.#scope = createScope(policies, this.#groups, this.#metadata);
    if (changed.length === 0) return;
    for (const [key, { stack, labels }] of this.#services) {
      const stackLabels = stackLabelsOf(stack, this.#stacks.get(stack));
      if (changed.some((policy) => selectsService(policy, labels, stackLabels))) this.#stale.add(key);
    }
  }

  /** All of them. Those whose rules speak of one that changed are computed anew. */
  setGroups(groups: readonly CidrGroup[]): void {
    const changed = new Set(differing(this.#groups, groups).map(({ name }) => name));
    this.#groups = groups;
    this.#scope = createScope(this.#clusterPolicies, groups, this.#metadata);
    if (changed.size === 0) return;
    for (const [key, { sides }] of this.#parties)
      if (speaksOf(sides.ingress, changed) || speaksOf(sides.egress, changed)) this.#stale.add(key);
  }

  /** Undefined: the well-known addresses. */
  setMetadata(addresses: readonly string[] | undefined): void {
    const metadata = createMetadata(addresses);
    if (isDeepStrictEqual(metadata.addresses, this.#metadata.addresses)) return;
    this.#metadata = metadata;
    this.#scope = createScope(this.#clusterPolicies, [...this.#scope.groups.values()], metadata);
    for (const key of this.#services.keys()) this.#stale.add(key);
  }

  /** The services that changed since the last call. */
  refresh(): ReadonlySet<ServiceKey> {
    const changed = this.#stale;
    this.#stale = new Set();
    for (const key of changed) {
      const service = this.#services.get(key);
      if (service)
        this.#parties.set(key, createParty(service, this.#stacks.get(service.stack), { scope: this.#scope }));
      else this.#parties.delete(key);
    }
    return changed;
  }
}

/** What is in one list only, and both versions of what is otherwise in the other. */
function differing<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
): readonly T[] {
  const not = (list: readonly T[]) => {
    const byName = new Map(list.map((each) => [each.name, each]));
    return (each: T) => !isDeepStrictEqual(byName.get(each.name), each);
  };
  return [...before.filter(not(after)), ...after.filter(not(before))];
}
