import type { RawInfo } from './engine-data.ts';

export interface SwarmRecord {
  readonly state: string;
  readonly node: string | undefined;
  readonly manager: boolean;
  /** Hosts of the managers, without a port; this node's own too when it is one. */
  readonly managers: readonly string[];
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
    certificates: `${info.DockerRootDir ?? '/var/lib/docker'}/swarm/certificates`,
    hostname: info.Name ?? '',
    engine: info.ServerVersion ?? '',
    nftablesBackend: info.FirewallBackend?.Driver?.startsWith('nftables') === true,
  };
}

/** `10.0.0.1:2377` or `[fd00::1]:2377`. */
function hostOf(address: string | undefined): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):\d+$/.exec(address ?? '');
  return match?.[1] ?? match?.[2];
}
