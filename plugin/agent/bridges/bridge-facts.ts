import type { NetworkInfo } from '../../../rules/network-policy.ts';
import type { LocalPorts } from '../../../rules/overlay/local-ports.ts';
import {
  isTask,
  mayBeAnnotated,
  publishedPorts,
  toContainerRecord,
  type ContainerRecord,
  type PublishedPort,
} from '../../docker/container-mapper.ts';
import type { Engine } from '../../docker/engine.ts';
import type { RawContainer, RawNetwork } from '../../docker/engine-data.ts';
import { bareAddress, bridgeDevice, isBridge, toNetworkInfo } from '../../docker/network-mapper.ts';
import type { BridgePorts } from '../bridge-ports.ts';
import type { NetnsFiles } from '../netns-folder.ts';

/** What is on this node's own networks, as far as an annotated container is on one. */
export interface BridgeFacts {
  /** Swarm's own are not among them. */
  readonly containers: readonly ContainerRecord[];
  /** Those that a container of an annotated project is on, or will be once it runs. */
  readonly bridges: readonly LocalBridge[];
  /** Of all such networks here. */
  readonly subnets: readonly string[];
  /** Interfaces of all of Docker's bridges, docker_gwbridge among them. */
  readonly devices: readonly string[];
  /** Ids of all containers that Docker has told of. */
  readonly seen: ReadonlySet<string>;
  /** Of Swarm's own containers. */
  readonly swarmPorts: readonly PublishedPort[];
  readonly unfinished: boolean;
}

export interface LocalBridge {
  readonly network: NetworkInfo;
  readonly device: string;
  readonly endpoints: readonly { readonly container: string; readonly address: string }[];
  readonly members: readonly string[];
  readonly ports: LocalPorts;
}

export const NO_BRIDGES: BridgeFacts = {
  containers: [],
  bridges: [],
  subnets: [],
  devices: [],
  seen: new Set(),
  swarmPorts: [],
  unfinished: false,
};

/** In nft's and iptables' own languages other names of interfaces would mean something else. */
export function isNameable(device: string): boolean {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(device);
}

export interface BridgeSources {
  readonly engine: Engine;
  readonly bridgePorts: BridgePorts;
}

/** @param images labels of images by id, which never change: kept from one look to the next */
export async function gatherBridges(
  { engine, bridgePorts }: BridgeSources,
  images: Map<string, Readonly<Record<string, string>>>,
  listed: {
    readonly files: NetnsFiles;
    readonly networks: readonly RawNetwork[];
    readonly containers: readonly RawContainer[];
  },
): Promise<BridgeFacts> {
  const seen = new Set(listed.containers.map(({ Id }) => Id));
  if (!listed.containers.some(mayBeAnnotated)) return { ...NO_BRIDGES, seen };
  const labelsOf = async (id: string): Promise<Readonly<Record<string, string>>> => {
    const labels = images.get(id) ?? (await engine.imageLabels(id));
    images.set(id, labels);
    return labels;
  };
  const records = await Promise.all(
    listed.containers.map(async (raw) =>
      toContainerRecord(raw, raw.ImageID ? await labelsOf(raw.ImageID) : {}),
    ),
  );
  const used = new Set(listed.containers.map(({ ImageID }) => ImageID));
  for (const id of images.keys()) if (!used.has(id)) images.delete(id);
  const containers = records.filter((record) => record !== undefined);
  const here = listed.networks.filter(isBridge);
  const wanted = networksOfAnnotated(containers);
  const bridges = await Promise.all(
    here
      .filter(({ Id, Name }) => wanted.has(Id) || (Name !== undefined && wanted.has(Name)))
      .map(async ({ Id }) => {
        const raw = await engine.network(Id);
        return raw === undefined ? undefined : toBridge(raw, listed.files, bridgePorts);
      }),
  );
  const found = bridges.filter((bridge) => bridge !== undefined);
  return {
    containers,
    bridges: found.map(({ bridge }) => bridge).sort((a, b) => (a.device < b.device ? -1 : 1)),
    subnets: here.flatMap((network) => toNetworkInfo(network).subnets).sort(),
    devices: listed.networks
      .filter(({ Driver, Scope }) => Driver === 'bridge' && Scope === 'local')
      .map(bridgeDevice)
      .sort(),
    seen,
    swarmPorts: listed.containers.filter(isTask).flatMap(publishedPorts),
    unfinished: found.some(({ unfinished }) => unfinished),
  };
}

function networksOfAnnotated(containers: readonly ContainerRecord[]): ReadonlySet<string> {
  const annotated = new Set(
    containers
      .filter(({ labels }) => Object.keys(labels).some((key) => key.startsWith('swarmwall.')))
      .map(({ stack }) => stack),
  );
  return new Set(containers.flatMap(({ stack, networks }) => (annotated.has(stack) ? networks : [])));
}

async function toBridge(
  raw: RawNetwork,
  files: NetnsFiles,
  bridgePorts: BridgePorts,
): Promise<{ bridge: LocalBridge; unfinished: boolean }> {
  const device = bridgeDevice(raw);
  const attached = Object.entries(raw.Containers ?? {}).flatMap(([container, endpoint]) => {
    const address = bareAddress(endpoint.IPv4Address);
    const mac = endpoint.MacAddress?.toLowerCase();
    return address === undefined || !mac
      ? []
      : [{ container, address, addresses: [address], mac, id: endpoint.EndpointID ?? `${address} ${mac}` }];
  });
  const { ports, members } = await bridgePorts.findOn(device, attached, files);
  return {
    bridge: {
      network: toNetworkInfo(raw),
      device,
      endpoints: attached.map(({ container, address }) => ({ container, address })),
      members,
      ports,
    },
    unfinished: ports.length < attached.length,
  };
}
