import type { Mode } from '../../compose-ext/policy-model.ts';
import type { EndpointOwner, NetworkDelta, NetworkPolicy } from '../network-policy.ts';
import type { Numbering } from '../numbering.ts';
import {
  NO_CHANGE,
  type Elements,
  type Program,
  type ProgramChange,
  type TableChange,
} from '../nftables/program.ts';
import { createElementStore, type ElementStore } from '../nftables/element-store.ts';
import { FORWARD_COUNTERS, FORWARD_SETS, forwardChains } from './forward-chains.ts';
import { GUARD_COUNTERS, GUARD_SETS, guardChains, type LocalPorts } from './guard-chains.ts';
import { joinKey } from './keys.ts';
import { createPolicyElements } from './policy-elements.ts';
import { programVersion } from '../nftables/version.ts';

export const TABLE = 'swarmwall';

export interface OverlayOptions {
  readonly policy: NetworkPolicy;
  /** One per network: what this overlay gives up is released in it. */
  readonly numbering: Numbering;
  readonly guard: LocalPorts;
  /** 'audit': nothing is dropped, whatever the policy says; all that would be is counted. */
  readonly mode?: Mode;
}

export interface Overlay {
  /** As it is now: the inet table, then the bridge table. */
  program(): readonly Program[];
  update(delta: NetworkDelta): ProgramChange;
  setPorts(ports: LocalPorts): ProgramChange;
}

/** The program of one overlay network's namespace, kept in step with its policy. */
export function createOverlay({ policy, numbering, guard, mode = 'enforce' }: OverlayOptions): Overlay {
  const forward = createElementStore(FORWARD_SETS);
  const ports = createElementStore(GUARD_SETS);
  const elements = createPolicyElements(forward, numbering);
  const owners = new Map<string, EndpointOwner>();

  function apply(delta: Pick<NetworkDelta, 'endpoints' | 'services' | 'allows'>): readonly string[] {
    const forget: string[] = [];
    // The new is placed before the old is taken away, so that a service that stays keeps its number.
    for (const gone of [false, true]) {
      for (const [address, owner] of Object.entries(delta.endpoints ?? {})) {
        if ((owner === null) !== gone) continue;
        const old = owners.get(address);
        if (old && !sameOwner(old, owner)) forget.push(address);
        if (owner) owners.set(address, owner);
        else owners.delete(address);
        elements.endpoint(address, owner ?? undefined);
      }
      for (const [key, stance] of Object.entries(delta.services ?? {}))
        if ((stance === null) === gone) elements.service(key, stance ?? undefined);
      for (const [key, allow] of Object.entries(delta.allows ?? {}))
        if ((allow === null) === gone) elements.allow(key, allow ?? undefined);
    }
    return forget;
  }

  function place(next: LocalPorts): void {
    const wanted = new Set(
      next.flatMap(({ port, mac, addresses }) =>
        addresses.map((address) => joinKey(`"${port}"`, mac.toLowerCase(), address)),
      ),
    );
    for (const key of ports.snapshot().get('ports')?.keys() ?? [])
      if (!wanted.has(key)) ports.drop('ports', key);
    for (const key of wanted) ports.put('ports', key);
  }

  apply(elements.replacedBy(policy));
  numbering.releaseUnused();
  place(guard);
  forward.takeChanges();
  ports.takeChanges();

  return {
    program: () => programs(mode, forward.snapshot(), ports.snapshot()),
    update(delta) {
      const next = delta.removed ? { ...policy, endpoints: {}, services: {}, allows: {} } : delta.whole;
      const forget = next ? [...apply(elements.replacedBy(next))] : [];
      forget.push(...apply(delta));
      return change('inet', forward, forget);
    },
    setPorts(next) {
      place(next);
      return change('bridge', ports, []);
    },
  };
}

/** For a network that nothing is known of yet: nothing crosses its bridge. */
export function emptyOverlay(mode: Mode = 'enforce'): readonly Program[] {
  return programs(
    mode,
    createElementStore(FORWARD_SETS).snapshot(),
    createElementStore(GUARD_SETS).snapshot(),
  );
}

function programs(mode: Mode, forward: Elements, ports: Elements): readonly Program[] {
  const inet = {
    family: 'inet',
    table: TABLE,
    sets: FORWARD_SETS,
    counters: FORWARD_COUNTERS,
    chains: forwardChains(mode),
  } as const;
  const bridge = {
    family: 'bridge',
    table: TABLE,
    sets: GUARD_SETS,
    counters: GUARD_COUNTERS,
    chains: guardChains(mode),
  } as const;
  return [
    { ...inet, version: programVersion(inet), elements: forward },
    { ...bridge, version: programVersion(bridge), elements: ports },
  ];
}

function change(
  family: TableChange['family'],
  store: ElementStore,
  forget: readonly string[],
): ProgramChange {
  const sets = store.takeChanges();
  if (sets.length === 0 && forget.length === 0) return NO_CHANGE;
  return { tables: sets.length === 0 ? [] : [{ family, table: TABLE, sets }], forget };
}

function sameOwner(a: EndpointOwner, b: EndpointOwner | null): boolean {
  if (a.kind === 'service') return b?.kind === 'service' && a.service === b.service;
  return b?.kind === 'load-balancer';
}
