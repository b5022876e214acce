import type { Protocol } from '../../compose-ext/policy-model.ts';
import type { KernelVerdict } from '../kernel-semantics.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import type { Numbering } from '../numbering.ts';
import type { Elements, ObservedProgram, Program } from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import type { LocalPorts } from '../overlay/local-ports.ts';
import { joinKey, PROTOCOL_NUMBERS } from '../overlay/keys.ts';
import { createOverlay, emptyOverlay, type Overlay } from '../overlay/overlay.ts';
import {
  GUARD_COUNTERS,
  GUARD_SETS,
  SCOPE_COUNTERS,
  SCOPE_SETS,
  scopedChains,
  SCOPED_GUARD,
} from './bridge-chains.ts';

/** Of all guarded bridges of a node: their subnets share no address, so one program tells all their endpoints apart. */
export const BRIDGES_TABLE = 'swarmwall_bridges';

export interface BridgesInput {
  /** Of all of them as if they were one network. */
  readonly policy: NetworkPolicy;
  /** Names of the guarded bridges' interfaces. */
  readonly bridges: readonly string[];
  /** Their ports, whoever is behind them. */
  readonly members: readonly string[];
  /** Names of all of Docker's bridges, guarded or not. */
  readonly inside: readonly string[];
  /** Of the ports those that are known. */
  readonly ports: LocalPorts;
  readonly published: readonly PublishedAt[];
}

/** A port of this node that leads to a container. */
export interface PublishedAt {
  readonly protocol: Protocol;
  readonly port: number;
  /** Addresses on guarded bridges that may reach what is behind it. */
  readonly from: readonly string[];
  /** Whoever is on a bridge that is not guarded may. */
  readonly anyone: boolean;
  /** Whether everybody in the world may: IPv6 clients may then. */
  readonly world: KernelVerdict;
}

export interface Bridges {
  /** The inet table, then the bridge table; none when no bridge is guarded. */
  program(input: BridgesInput): readonly Program[];
}

/** The programs of the node's own namespace for its bridge networks. Numbers stay while what they stand for does. */
export function createBridges(numbering: Numbering): Bridges {
  let overlay: Overlay | undefined;
  return {
    program({ policy, ports, ...scope }) {
      if (overlay) {
        overlay.update({ network: policy.network.id, whole: policy });
        overlay.setPorts(ports);
      } else overlay = createOverlay({ policy, numbering, guard: ports });
      return scope.bridges.length === 0 ? [] : scoped(overlay.program(), scope);
    },
  };
}

/** In place, and without effect: what comes to it later comes to both tables at once. */
export function noBridges(): readonly Program[] {
  return scoped(emptyOverlay(), { bridges: [], inside: [], members: [], published: [] });
}

/** The bridges that a loaded program guards. */
export function guardedDevices(observed: readonly ObservedProgram[]): readonly string[] {
  const entered = observed.find(({ family }) => family === 'inet')?.elements.get('entered');
  return [...(entered?.keys() ?? [])].map((name) => name.replaceAll('"', ''));
}

function scoped(
  [identity, guard]: readonly Program[],
  { bridges, inside, members, published }: Omit<BridgesInput, 'policy' | 'ports'>,
): readonly Program[] {
  if (!identity || !guard) return [];
  const inet = {
    family: 'inet',
    table: BRIDGES_TABLE,
    sets: [...identity.sets, ...SCOPE_SETS],
    counters: [...identity.counters, ...SCOPE_COUNTERS],
    chains: scopedChains(identity.chains),
  } as const;
  const bridge = {
    family: 'bridge',
    table: BRIDGES_TABLE,
    sets: GUARD_SETS,
    counters: GUARD_COUNTERS,
    chains: SCOPED_GUARD,
  } as const;
  const names = bridges.map((name) => `"${name}"`);
  const inetElements: Elements = new Map([
    ...identity.elements,
    ['entered', set(names)],
    ['crossed', set(names.map((name) => joinKey(name, name)))],
    ['inside', set(inside.map((name) => `"${name}"`))],
    ['published', set(published.map(portKey))],
    ['open_published', set(published.filter(({ anyone }) => anyone).map(portKey))],
    [
      'through_proxy',
      set(published.flatMap((port) => port.from.map((address) => joinKey(address, portKey(port))))),
    ],
    ['closed_ipv6', set(published.filter(({ world }) => world === 'denied').map(portKey))],
    ['audited_ipv6', set(published.filter(({ world }) => world === 'would-deny').map(portKey))],
  ]);
  const bridgeElements: Elements = new Map([
    ['ports', guard.elements.get('ports') ?? new Map<string, string>()],
    ['members', set(members.map((name) => `"${name}"`))],
  ]);
  return [
    { ...inet, version: programVersion(inet), elements: inetElements },
    { ...bridge, version: programVersion(bridge), elements: bridgeElements },
  ];
}

function portKey({ protocol, port }: PublishedAt): string {
  return joinKey(PROTOCOL_NUMBERS[protocol], port);
}

function set(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [key, '']));
}
