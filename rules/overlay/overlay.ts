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
import { createFollowers, sameOwner } from './followers.ts';
import { FORWARD_COUNTERS, FORWARD_SETS, forwardChains } from './forward-chains.ts';
import { GUARD_COUNTERS, GUARD_SETS, guardChains, VXLAN } from './guard-chains.ts';
import { isIp6, type LocalPorts, portElements } from './local-ports.ts';
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
  /** Its chains are others then: the program has to be written anew. */
  setMode(mode: Mode): void;
}

/** The program of one overlay network's namespace, kept in step with its policy. */
export function createOverlay({
  policy,
  numbering,
  guard,
  mode: first = 'enforce',
}: OverlayOptions): Overlay {
  let mode = first;
  const forward = createElementStore(FORWARD_SETS);
  const ports = createElementStore(GUARD_SETS);
  const elements = createPolicyElements(forward, numbering);
  const owners = new Map<string, EndpointOwner>();
  const followers = createFollowers();
  let local: LocalPorts = [];
  /** IPv6 addresses that the policy knows. */
  const known6 = new Set<string>();

  function apply(delta: Pick<NetworkDelta, 'endpoints' | 'services' | 'allows'>): string[] {
    const forget: string[] = [];
    // The new is placed before the old is taken away, so that a service that stays keeps its number.
    for (const gone of [false, true]) {
      for (const [address, owner] of Object.entries(delta.endpoints ?? {})) {
        if ((owner === null) !== gone) continue;
        const old = owners.get(address);
        if (old && !sameOwner(old, owner)) forget.push(address);
        if (owner) owners.set(address, owner);
        else owners.delete(address);
        if (isIp6(address)) known6[owner ? 'add' : 'delete'](address);
        if (owner || !followers.has(address)) elements.endpoint(address, owner ?? undefined);
      }
      for (const [key, stance] of Object.entries(delta.services ?? {}))
        if ((stance === null) === gone) elements.service(key, stance ?? undefined);
      for (const [key, allow] of Object.entries(delta.allows ?? {}))
        if ((allow === null) === gone) elements.allow(key, allow ?? undefined);
    }
    return forget;
  }

  function place(next: LocalPorts): void {
    local = next;
    const wanted = new Map(GUARD_SETS.map(({ name }) => [name, new Set<string>()]));
    for (const [set, key] of portElements(local)) wanted.get(set)?.add(key);
    wanted.delete('uplinks6');
    for (const [set, keys] of wanted) {
      for (const key of ports.snapshot().get(set)?.keys() ?? []) if (!keys.has(key)) ports.drop(set, key);
      for (const key of keys) ports.put(set, key);
    }
  }

  /** After each change of ports or owners. */
  function follow(): readonly string[] {
    if (known6.size > 0) ports.put('uplinks6', VXLAN);
    else ports.drop('uplinks6', VXLAN);
    const moved = followers.follow(local, owners);
    for (const { address, to } of moved) if (to || !owners.has(address)) elements.endpoint(address, to);
    return moved.flatMap(({ address, from }) => (from ? [address] : []));
  }

  apply(elements.replacedBy(policy));
  place(guard);
  follow();
  numbering.releaseUnused();
  forward.takeChanges();
  ports.takeChanges();

  return {
    setMode: (next) => {
      mode = next;
    },
    program: () => programs(mode, forward.snapshot(), ports.snapshot()),
    update(delta) {
      const next = delta.removed ? { ...policy, endpoints: {}, services: {}, allows: {} } : delta.whole;
      const forget = next ? apply(elements.replacedBy(next)) : [];
      forget.push(...apply(delta));
      return changed(forget);
    },
    setPorts(next) {
      place(next);
      return changed([]);
    },
  };

  function changed(forget: readonly string[]): ProgramChange {
    const moved = [...forget, ...follow()];
    const tables = [tableChange('inet', forward), tableChange('bridge', ports)].flat();
    return tables.length + moved.length === 0 ? NO_CHANGE : { tables, forget: moved };
  }
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

function tableChange(family: TableChange['family'], store: ElementStore): readonly TableChange[] {
  const sets = store.takeChanges();
  return sets.length === 0 ? [] : [{ family, table: TABLE, sets }];
}
