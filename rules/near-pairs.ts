import type { ServiceKey } from '../compose-ext/policy-model.ts';
import type { Allow } from './network-policy.ts';
import { PairIndex } from './pair-index.ts';
import type { Party } from './party.ts';

/**
 * Which services may reach the published ports of which, over docker_gwbridge: all services can be there, whatever
 * overlays they have.
 */
export class NearPairs {
  readonly #index = new PairIndex(publishes);
  /** Key of an allow → its destination. */
  readonly #destinations = new Map<string, ServiceKey>();

  get size(): number {
    return this.#index.size + this.#destinations.size;
  }

  /** Takes services that changed (undefined: gone); the destinations whose allows are others now. */
  update(changed: ReadonlyMap<ServiceKey, Party | undefined>): ReadonlySet<ServiceKey> {
    const touched = new Set<ServiceKey>();
    for (const [key, allow] of this.#index.update(changed)) {
      const to = allow?.to ?? this.#destinations.get(key);
      if (to !== undefined) touched.add(to);
      if (allow) this.#destinations.set(key, allow.to);
      else this.#destinations.delete(key);
    }
    return touched;
  }

  to(key: ServiceKey): readonly Allow[] {
    return this.#index.allowsTo(key);
  }
}

export function publishes({ service }: Party): boolean {
  return service.ports.some(({ published, mode }) => published !== undefined || mode === 'host');
}
