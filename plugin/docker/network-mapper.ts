import ipaddr from 'ipaddr.js';
import type { NetworkInfo } from '../../rules/network-policy.ts';
import type { RawNetwork } from './engine-data.ts';

/** Docker's label of a network that compose-ext made: guarded before any manager was asked. */
export const SEGMENT_LABEL = 'swarmwall.segment';

export function isOverlay(network: RawNetwork): boolean {
  return network.Driver === 'overlay' && network.Scope === 'swarm';
}

/** A network of this node alone, user-defined or the default one; docker_gwbridge is Swarm's, not anyone's network. */
export function isBridge(network: RawNetwork): boolean {
  return network.Driver === 'bridge' && network.Scope === 'local' && network.Name !== 'docker_gwbridge';
}

/** The interface's name in the node's own namespace. */
export function bridgeDevice({ Id, Options }: RawNetwork): string {
  return Options?.['com.docker.network.bridge.name'] ?? `br-${Id.slice(0, 12)}`;
}

export function toNetworkInfo(network: RawNetwork): NetworkInfo {
  return {
    id: network.Id,
    name: network.Name ?? network.Id,
    subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet ? [Subnet] : [])),
    // Docker looks only at whether the option is there: `encrypted: ""` is what `--opt encrypted` gives.
    encrypted: network.Options?.['encrypted'] !== undefined && network.Options['encrypted'] !== 'false',
    ingress: network.Ingress === true,
    ...vnisOf(network),
  };
}

/** `FD00::3/64` → `fd00::3`, as nft writes it; undefined for anything but IPv6. */
export function bareIp6(address: string | undefined): string | undefined {
  const bare = address?.split('/')[0];
  return bare !== undefined && ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare).toString() : undefined;
}

const VNI_LIST = 'com.docker.network.driver.overlay.vxlanid_list';

function vnisOf({ Options }: RawNetwork): Pick<NetworkInfo, 'vnis'> {
  const vnis = (Options?.[VNI_LIST] ?? '').split(',').map(Number);
  return vnis.every((vni) => Number.isInteger(vni) && vni > 0 && vni < 2 ** 24) ? { vnis } : {};
}

/** `10.0.1.3/24` → `10.0.1.3`; undefined for anything but IPv4. */
export function bareAddress(address: string | undefined): string | undefined {
  const bare = address?.split('/')[0];
  return bare !== undefined && /^\d{1,3}(\.\d{1,3}){3}$/.test(bare) ? bare : undefined;
}
