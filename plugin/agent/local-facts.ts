import type { NodePort } from '../../compose-ext/index.ts';
import type { HostPort } from '../../rules/docker-user/near.ts';
import type { NetworkInfo } from '../../rules/network-policy.ts';
import type { LocalPorts } from '../../rules/overlay/local-ports.ts';
import type { Engine } from '../docker/engine.ts';
import { publishedPorts as portsOfContainer } from '../docker/container-mapper.ts';
import type { RawContainer, RawNetwork } from '../docker/engine-data.ts';
import {
  bareAddress,
  bareIp6,
  bridgeDevice,
  isOverlay,
  SEGMENT_LABEL,
  toNetworkInfo,
} from '../docker/network-mapper.ts';
import type { LocalNetwork } from '../protocol.ts';
import { gatherBridges, type BridgeFacts } from './bridges/bridge-facts.ts';
import type { BridgePorts } from './bridge-ports.ts';
import { publishedPorts } from './published-ports.ts';
import { sortNetns, type NetnsFiles } from './netns-folder.ts';

/** What is on this node, as Docker and the namespace files say. */
export interface LocalFacts {
  readonly overlays: readonly LocalOverlay[];
  /** Namespaces of networks that Docker does not list (yet). */
  readonly unlisted: readonly { readonly prefix: string; readonly file: string }[];
  readonly gateway: Gateway | undefined;
  /** By containers, on every address of the node. */
  readonly published: readonly NodePort[];
  readonly bridges: BridgeFacts;
  /** Every container's id → the task that its label says it is. */
  readonly claims: ReadonlyMap<string, string | undefined>;
  /** An endpoint's port or a namespace's network is not known yet: look again soon. */
  readonly unfinished: boolean;
}

export interface LocalOverlay {
  readonly network: NetworkInfo;
  readonly segment: boolean;
  readonly file: string;
  readonly endpoints: LocalNetwork['endpoints'];
  readonly loadBalancer: string | undefined;
  readonly ports: LocalPorts;
  /** Address → the container's name, for people: whatever it says of itself, it may be nobody's task. */
  readonly names: ReadonlyMap<string, string>;
}

/** docker_gwbridge: how tasks reach, and are reached from, beyond their overlays. */
export interface Gateway {
  readonly subnets: readonly string[];
  readonly ingressSandbox: string | undefined;
  /** Container id → address. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The same in IPv6: only where an administrator made the bridge with it. */
  readonly addresses6: ReadonlyMap<string, string>;
  /** Container id → its ports that docker-proxy listens for; those of containers that have any. */
  readonly published: ReadonlyMap<string, readonly HostPort[]>;
  /** Of containers, not of `ingress_sbox`. */
  readonly ports: LocalPorts;
  readonly device: string;
  readonly unfinished: boolean;
}

const GATEWAY = 'docker_gwbridge';
const SANDBOX = 'ingress-sbox';
/** Anyone can write it on a container of his own. */
export const TASK_LABEL = 'com.docker.swarm.task.id';

export interface LocalSources {
  readonly engine: Engine;
  readonly netns: () => Promise<readonly string[]>;
  readonly bridgePorts: BridgePorts;
  /** Kept from one look to the next: see `gatherBridges`. */
  readonly images: Map<string, Readonly<Record<string, string>>>;
}

export async function gatherFacts({ engine, netns, bridgePorts, images }: LocalSources): Promise<LocalFacts> {
  const [names, networks] = await Promise.all([netns(), engine.networks()]);
  const files = sortNetns(names);
  const here = matchNamespaces(files, networks.filter(isOverlay));
  const inspected = await Promise.all(
    here.matched.map(async ({ network, file }) => ({ raw: await engine.network(network.Id), file })),
  );
  // After the networks: whatever is attached by then is listed, and known for the task that it is.
  const containers = await engine.containers();
  const tasks = new Map(containers.map(({ Id, Labels }) => [Id, Labels?.[TASK_LABEL]]));
  const overlays = await Promise.all(
    inspected.flatMap(({ raw, file }) =>
      raw === undefined ? [] : [toOverlay(raw, file, files, tasks, bridgePorts)],
    ),
  );
  const gateway = await toGateway(
    networks.find(({ Name }) => Name === GATEWAY),
    { engine, bridgePorts, files, containers },
  );
  const bridges = await gatherBridges({ engine, bridgePorts }, images, { files, networks, containers });
  bridgePorts.forget(files, [
    ...bridges.bridges.map(({ device }) => device),
    ...(gateway ? [gateway.device] : []),
  ]);
  return {
    overlays: overlays.map(({ overlay }) => overlay),
    unlisted: here.unlisted,
    gateway,
    published: publishedPorts(containers),
    bridges,
    claims: tasks,
    unfinished:
      here.unlisted.length > 0 ||
      bridges.unfinished ||
      (gateway?.unfinished ?? false) ||
      overlays.some(({ unfinished }) => unfinished),
  };
}

/** A file that fits two networks is left out: it is guarded as unlisted, by what the policy knows. */
function matchNamespaces(files: NetnsFiles, networks: readonly RawNetwork[]) {
  const matched: { readonly network: RawNetwork; readonly file: string }[] = [];
  const unlisted: { readonly prefix: string; readonly file: string }[] = [];
  for (const { prefix, file } of files.overlays) {
    const [network, ...others] = networks.filter(({ Id }) => Id.startsWith(prefix));
    if (network !== undefined && others.length === 0) matched.push({ network, file });
    else unlisted.push({ prefix, file });
  }
  return { matched, unlisted };
}

async function toOverlay(
  raw: RawNetwork,
  file: string,
  files: NetnsFiles,
  tasks: ReadonlyMap<string, string | undefined>,
  bridgePorts: BridgePorts,
): Promise<{ overlay: LocalOverlay; unfinished: boolean }> {
  const attached = Object.entries(raw.Containers ?? {}).flatMap(([container, endpoint]) => {
    const address = bareAddress(endpoint.IPv4Address);
    const mac = endpoint.MacAddress?.toLowerCase();
    if (address === undefined || !mac) return [];
    // The balancer has no virtual IPs in IPv6: what it had to say there would be nobody's.
    const six = isBalancer(container, raw) ? undefined : bareIp6(endpoint.IPv6Address);
    const addresses = [address, ...(six === undefined ? [] : [six])];
    return [{ container, address, addresses, mac, id: endpoint.EndpointID ?? `${address} ${mac}` }];
  });
  const ports = await bridgePorts.find(file, attached, files);
  return {
    overlay: {
      network: toNetworkInfo(raw),
      segment: raw.Labels?.[SEGMENT_LABEL] !== undefined,
      file,
      endpoints: attached
        .filter(({ container }) => /^[0-9a-f]{64}$/.test(container))
        .map(({ address, container }) => {
          const task = tasks.get(container);
          return { address, container, ...(task ? { task } : {}) };
        }),
      loadBalancer: attached.find(({ container }) => isBalancer(container, raw))?.address,
      ports,
      names: new Map(
        Object.values(raw.Containers ?? {}).flatMap(({ Name, IPv4Address }) => {
          const address = bareAddress(IPv4Address);
          return Name && address !== undefined ? [[address, Name] as const] : [];
        }),
      ),
    },
    unfinished: ports.length < attached.length,
  };
}

function isBalancer(container: string, network: RawNetwork): boolean {
  return container === (network.Ingress === true ? SANDBOX : `lb-${network.Name ?? ''}`);
}

async function toGateway(
  listed: RawNetwork | undefined,
  {
    engine,
    bridgePorts,
    files,
    containers,
  }: Pick<LocalSources, 'engine' | 'bridgePorts'> & {
    readonly files: NetnsFiles;
    readonly containers: readonly RawContainer[];
  },
): Promise<Gateway | undefined> {
  const raw = listed && (await engine.network(listed.Id));
  if (raw === undefined) return undefined;
  const attached = Object.entries(raw.Containers ?? {}).flatMap(([container, endpoint]) => {
    const address = bareAddress(endpoint.IPv4Address);
    if (address === undefined) return [];
    const six = bareIp6(endpoint.IPv6Address);
    const mac = endpoint.MacAddress?.toLowerCase() ?? '';
    const addresses = [address, ...(six === undefined ? [] : [six])];
    return [{ container, address, six, addresses, mac, id: endpoint.EndpointID ?? `${address} ${mac}` }];
  });
  const addresses6 = new Map(
    attached.flatMap(({ container, six }) => (six === undefined ? [] : [[container, six] as const])),
  );
  const addresses = new Map(attached.map(({ container, address }) => [container, address] as const));
  const ingressSandbox = addresses.get(SANDBOX);
  addresses.delete(SANDBOX);
  const guests = attached.filter(({ container, mac }) => container !== SANDBOX && mac !== '');
  const device = bridgeDevice(raw);
  const { ports } = await bridgePorts.findOn(device, guests, files);
  return {
    ...{ subnets: toNetworkInfo(raw).subnets, ingressSandbox, addresses, addresses6, ports, device },
    published: hostPortsOf(containers.filter(({ Id }) => addresses.has(Id))),
    unfinished: ports.length < guests.length,
  };
}

function hostPortsOf(containers: readonly RawContainer[]): Gateway['published'] {
  return new Map(
    containers.flatMap((raw) => {
      const ports = portsOfContainer(raw).map(({ protocol, target, published }) => {
        return { protocol, target, published };
      });
      return ports.length === 0 ? [] : [[raw.Id, ports] as const];
    }),
  );
}
