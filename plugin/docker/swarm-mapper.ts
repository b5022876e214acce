import type { RawInfo } from './engine-data.ts';

export interface SwarmRecord {
  readonly state: string;
  readonly node: string | undefined;
  readonly manager: boolean;
  /** Hosts of the managers, without a port; this node's own too when it is one. */
  readonly managers: readonly string[];
  /** Ports by which nodes reach the managers, and each other's overlays. */
  readonly managerPorts: readonly number[];
  readonly dataPathPort: number;
  readonly certificates: string;
  readonly hostname: string;
  readonly engine: string;
  /** The engine's nftables backend has no DOCKER-USER. */
  readonly nftablesBackend: boolean;
}

export function toSwarmRecord(info: RawInfo): SwarmRecord {
  const swarm = info.Swarm;
  return {
    state: swarm?.LocalNodeState ?? 'unknown',
    node: swarm?.NodeID || undefined,
    manager: swarm?.ControlAvailable === true,
    managers: [...new Set((swarm?.RemoteManagers ?? []).flatMap(({ Addr }) => hostOf(Addr) ?? []))].sort(),
    managerPorts: [
      ...new Set((swarm?.RemoteManagers ?? []).flatMap(({ Addr }) => portOf(Addr) ?? [])),
    ].sort(),
    dataPathPort: swarm?.Cluster?.DataPathPort || VXLAN_PORT,
    certificates: `${info.DockerRootDir ?? '/var/lib/docker'}/swarm/certificates`,
    hostname: info.Name ?? '',
    engine: info.ServerVersion ?? '',
    nftablesBackend: info.FirewallBackend?.Driver?.startsWith('nftables') === true,
  };
}

/** Unless the Swarm was made with another data path port. */
export const VXLAN_PORT = 4789;

function portOf(address: string | undefined): number | undefined {
  const match = /:(\d{1,5})$/.exec(address ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** `10.0.0.1:2377` or `[fd00::1]:2377`. */
function hostOf(address: string | undefined): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):\d+$/.exec(address ?? '');
  return match?.[1] ?? match?.[2];
}
