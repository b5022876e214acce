import type { LogPlace } from '../../../rules/flows/log-groups.ts';
import { GATEWAY_BRIDGE } from '../../../rules/docker-user/names.ts';
import { HOST_NETWORK } from '../../../rules/host-firewall/host-program.ts';
import { BRIDGES } from '../bridges/bridge-view.ts';
import { BRIDGES_NAME } from '../bridges/bridges-guard.ts';
import type { Enforcers } from '../enforcers.ts';

/** What tells of flows in the node's own namespace: DOCKER-USER's program and IPv6's beside it as one. */
export interface WatchedTable {
  readonly id: string;
  readonly name: string;
  readonly place: LogPlace;
}

export type Watchable = Pick<Enforcers, 'bridges' | 'dockerUser' | 'hostFirewall' | 'ipv6Edge'>;

/** Their ids, in place of a network's. */
export const EDGE = 'edge';
export const HOST = 'host';

/** Those that are in the kernel. */
export function watchedTables({
  bridges,
  dockerUser,
  hostFirewall,
  ipv6Edge,
}: Watchable): readonly WatchedTable[] {
  const isEdge = dockerUser.held !== undefined || ipv6Edge.held !== undefined;
  return [
    ...(bridges.health().length > 0 ? [{ id: BRIDGES, name: BRIDGES_NAME, place: 'network' } as const] : []),
    ...(hostFirewall.health().length > 0 ? [{ id: HOST, name: HOST_NETWORK, place: 'host' } as const] : []),
    ...(isEdge ? [{ id: EDGE, name: GATEWAY_BRIDGE, place: 'edge' } as const] : []),
  ];
}
