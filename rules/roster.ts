import { isDeepStrictEqual } from 'node:util';
import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { MultiMap } from './multi-map.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';
import { createParty, type Party } from './party.ts';

/** The services of the cluster, each computed anew only when it or its stack changed. */
export class Roster {
  readonly #stacks = new Map<string, StackSettings>();
  readonly #services = new Map<ServiceKey, ClusterService>();
  readonly #byStack = new MultiMap<string, ServiceKey>();
  readonly #parties = new Map<ServiceKey, Party>();
  #stale = new Set<ServiceKey>();

  /** As of the last {@link refresh}. */
  get parties(): ReadonlyMap<ServiceKey, Party> {
    return this.#parties;
  }

  get size(): number {
    return this.#stacks.size + this.#services.size + this.#byStack.size + this.#parties.size;
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

  /** The services that changed since the last call. */
  refresh(): ReadonlySet<ServiceKey> {
    const changed = this.#stale;
    this.#stale = new Set();
    for (const key of changed) {
      const service = this.#services.get(key);
      if (service) this.#parties.set(key, createParty(service, this.#stacks.get(service.stack)));
      else this.#parties.delete(key);
    }
    return changed;
  }
}
