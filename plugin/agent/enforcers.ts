import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { AgentWorld } from './agent-world.ts';
import type { BridgePolicy } from './bridges/bridge-policy.ts';
import { BRIDGES } from './bridges/bridge-view.ts';
import { guardBridges, type BridgesGuard } from './bridges/bridges-guard.ts';
import type { DeniedFlows } from './denied-flows.ts';
import { leaseFile } from './dns/lease-file.ts';
import { guardNames, namesSettings } from './dns/names-guard.ts';
import { guardDockerUser, type DockerUserGuard } from './docker-user-guard.ts';
import type { Enforcer } from './enforcer.ts';
import type { KernelLosses } from './flows/kernel-losses.ts';
import { guardGateway } from './gateway-guard.ts';
import { guardHost, type HostFirewallGuard } from './host-firewall.ts';
import type { HeldPolicy } from './held-policy.ts';
import { guardIpv6Edge, type Ipv6EdgeGuard } from './ipv6-edge-guard.ts';
import { guardNetworks, type GuardedFile, type NetworkGuards } from './network-guards.ts';
import { guardLimits, type NetworkLimits } from './network-limits.ts';
import type { SeenStarts } from './starts/seen-starts.ts';
import type { AgentState } from './state-file.ts';
import type { TableDrops } from './table-drops.ts';
import { guardUnderlay, type UnderlayGuard } from './underlay/guard-underlay.ts';

export interface EnforcersOptions {
  readonly world: AgentWorld;
  readonly config: Config;
  readonly log: Log;
  readonly policy: HeldPolicy;
  readonly bridgePolicy: BridgePolicy;
  readonly seen: Pick<SeenStarts, 'overlay'>;
  readonly saved: AgentState | undefined;
  readonly denied: DeniedFlows;
  readonly drops: TableDrops;
  readonly losses: KernelLosses;
  readonly onDrift: (what: string) => void;
  /** A run is due. */
  readonly onDirty: () => void;
  readonly onError: (error: unknown) => void;
  /** Before a namespace's program is written. */
  readonly onAhead: (one: GuardedFile) => void;
}

/** All that writes rules on this node. */
export interface Enforcers {
  /** Each overlay's program, in its own namespace. */
  readonly networks: NetworkGuards;
  readonly gateway: Enforcer;
  readonly dockerUser: DockerUserGuard;
  readonly ipv6Edge: Ipv6EdgeGuard;
  readonly hostFirewall: HostFirewallGuard;
  readonly bridges: BridgesGuard;
  readonly limits: NetworkLimits;
  readonly underlay: UnderlayGuard;
  /** All but the networks', in the order in which they are applied. */
  readonly inOrder: readonly Enforcer[];
}

export function makeEnforcers(options: EnforcersOptions): Enforcers {
  const { world, config, log, policy, bridgePolicy, saved, denied, drops, losses } = options;
  const { clock, host, follow, converse, namespace } = world;
  const onHost = { host, follow, clock, log, onDrift: options.onDrift, onDirty: options.onDirty };
  const networks = guardNetworks({
    ...{ ...onHost, namespace, converse, policy, seen: options.seen },
    saved: saved?.numbering ?? {},
    ahead: (one) => {
      options.onAhead(one);
      return limits.ahead(policy, one);
    },
  });
  const gateway = guardGateway({ ...onHost, converse });
  const dockerUser = guardDockerUser({ ...onHost, converse, bridges: bridgePolicy, losses });
  const ipv6Edge = guardIpv6Edge({ ...onHost, drops });
  const hostFirewall = guardHost({ ...onHost, drops, saved: saved?.hostTrial });
  const limits = guardLimits({ ...onHost, guarded: () => networks.list(), drops });
  const bridges = guardBridges({
    ...onHost,
    policy: bridgePolicy,
    saved: saved?.numbering[BRIDGES],
    counts: () => denied.counts(BRIDGES),
  });
  const underlay = guardUnderlay({ ...onHost, namespace, onError: options.onError });
  const names = guardNames({
    ...onHost,
    ...namesSettings(config),
    file: leaseFile(config.stateDir, clock, log),
    bridges: bridgePolicy,
  });
  return {
    ...{ networks, gateway, dockerUser, ipv6Edge, hostFirewall, bridges, limits, underlay },
    // DOCKER-USER leaves alone what stays on a bridge before the bridges' program sees any of it.
    inOrder: [gateway, dockerUser, ipv6Edge, hostFirewall, bridges, limits, names, underlay],
  };
}
