import type { LogPlace } from '../../../rules/flows/log-groups.ts';
import { GATEWAY_BRIDGE } from '../../../rules/docker-user/names.ts';
import { HOST_NETWORK } from '../../../rules/host-firewall/host-program.ts';
import { BRIDGES } from '../bridges/bridge-view.ts';
import { BRIDGES_NAME } from '../bridges/bridges-guard.ts';
import type { Enforcers } from '../enforcers.ts';

/** A program in the node's own namespace that tells of flows. */
export interface WatchedTable {
  readonly id: string;
  readonly name: string;
  readonly place: LogPlace;
}

export type Watchable = Pick<Enforcers, 'bridges' | 'dockerUser' | 'hostFirewall'>;

/** Their ids, in place of a network's. */
export const EDGE = 'edge';
export const HOST = 'host';

/** Those that are in the kernel. */
export function watchedTables({ bridges, dockerUser, hostFirewall }: Watchable): readonly WatchedTable[] {
  return [
    ...(bridges.health().length > 0 ? [{ id: BRIDGES, name: BRIDGES_NAME, place: 'network' } as const] : []),
    ...(hostFirewall.health().length > 0 ? [{ id: HOST, name: HOST_NETWORK, place: 'host' } as const] : []),
    ...(dockerUser.held ? [{ id: EDGE, name: GATEWAY_BRIDGE, place: 'edge' } as const] : []),
  ];
}
