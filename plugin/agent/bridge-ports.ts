import type { LocalPort } from '../../rules/overlay/local-ports.ts';
import { listAddresses, listLinks, type Link } from '../kernel/links.ts';
import type { Namespace } from '../kernel/namespace.ts';
import { INGRESS_SANDBOX, type NetnsFiles } from './netns-folder.ts';

interface Attached {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly mac: string;
}

export interface BridgePorts {
  /** The ports of those endpoints that have one by now. */
  find(overlay: string, endpoints: readonly Attached[], files: NetnsFiles): Promise<readonly LocalPort[]>;
  /** The same on a bridge of the node's own namespace. */
  findOn(bridge: string, endpoints: readonly Attached[], files: NetnsFiles): Promise<BridgeMembers>;
  /** What the guard runtime saw in a sandbox: no need to look into each of them. */
  hint(overlay: string, port: LocalPort): void;
  /** Drops what is remembered of files that are gone, and of all bridges but these. */
  forget(files: NetnsFiles, bridges: readonly string[]): void;
}

export interface BridgeMembers {
  readonly ports: readonly LocalPort[];
  /** Every port of the bridge, whoever is behind it. */
  readonly members: readonly string[];
}

const BRIDGE = 'br0';

/**
 * Joins Docker's endpoints with ports of the bridge: the sandbox's interface has the endpoint's MAC, and its peer's index
 * is the port's. The first match of an endpoint stays until its port goes, so that a container that later takes
 * another's MAC gains no second port. Containers are not inspected: that waits for their start.
 */
export function findBridgePorts(namespace: (file: string) => Namespace, host: Namespace): BridgePorts {
  const known = new Map<
    string,
    { readonly sandbox: string; readonly index: number; readonly name: string }
  >();

  /** By namespace file and MAC; each is good for one endpoint. */
  const hints = new Map<string, Omit<LocalPort, 'mac'>>();

  async function linksOf(file: string): Promise<readonly Link[]> {
    // It may go between two looks; its successor is a change of its own.
    return listLinks(namespace(file)).catch(() => []);
  }

  const portsOf = (links: readonly Link[], bridge: string): ReadonlyMap<number, Link> =>
    new Map(links.filter(({ master }) => master === bridge).map((link) => [link.index, link] as const));

  /** A balancer answers from the VIPs, which Docker gives to its interface. */
  async function aliasesOf(sandbox: string, mac: string): Promise<readonly string[]> {
    const links = await listAddresses(namespace(sandbox)).catch(() => []);
    return links.flatMap((link) => (link.mac === mac ? link.addresses : []));
  }

  async function join(
    overlay: string,
    ports: ReadonlyMap<number, Link>,
    endpoints: readonly Attached[],
    files: NetnsFiles,
  ): Promise<readonly LocalPort[]> {
    const keyOf = ({ id, mac }: Attached): string => `${overlay} ${id} ${mac}`;
    const missing = new Map<string, Attached>();
    for (const endpoint of endpoints) {
      const before = known.get(keyOf(endpoint));
      if (before !== undefined && ports.get(before.index)?.name === before.name) continue;
      known.delete(keyOf(endpoint));
      missing.set(endpoint.mac, endpoint);
    }
    const taken = new Set(
      [...known].filter(([key]) => key.startsWith(`${overlay} `)).map(([, p]) => p.index),
    );
    const byName = new Map([...ports.values()].map((link) => [link.name, link] as const));
    for (const endpoint of [...missing.values()]) {
      const hint = hints.get(`${overlay} ${endpoint.mac}`);
      const port = byName.get(hint?.port ?? '');
      // Anybody may choose a MAC for a container of his own: the address says which of two it is.
      const own = hint?.addresses.every((address) => endpoint.addresses.includes(address));
      if (port === undefined || own !== true || taken.has(port.index)) continue;
      hints.delete(`${overlay} ${endpoint.mac}`);
      known.set(keyOf(endpoint), { sandbox: '', index: port.index, name: port.name });
      taken.add(port.index);
      missing.delete(endpoint.mac);
    }
    for (const sandbox of candidates(files, known)) {
      if (missing.size === 0) break;
      for (const { mac, peer } of await linksOf(sandbox)) {
        const endpoint = missing.get(mac);
        const port = peer === undefined ? undefined : ports.get(peer);
        if (endpoint === undefined || port === undefined || taken.has(port.index)) continue;
        known.set(keyOf(endpoint), { sandbox, index: port.index, name: port.name });
        taken.add(port.index);
        missing.delete(mac);
      }
    }
    const found = endpoints.map(async (endpoint): Promise<readonly LocalPort[]> => {
      const port = known.get(keyOf(endpoint));
      if (port === undefined) return [];
      const { mac, addresses } = endpoint;
      const aliases = isBalancer(port.sandbox) ? await aliasesOf(port.sandbox, mac) : [];
      return [{ port: port.name, mac, addresses: [...new Set([...addresses, ...aliases])] }];
    });
    return (await Promise.all(found)).flat();
  }

  return {
    find: async (overlay, endpoints, files) =>
      join(overlay, portsOf(await linksOf(overlay), BRIDGE), endpoints, files),
    findOn: async (bridge, endpoints, files) => {
      const ports = portsOf(await listLinks(host), bridge);
      return {
        ports: await join(hostBridge(bridge), ports, endpoints, files),
        members: [...ports.values()].map(({ name }) => name).sort(),
      };
    },
    forget: (files, bridges) => {
      const overlays = new Set([...files.overlays.map(({ file }) => file), ...bridges.map(hostBridge)]);
      for (const map of [known, hints])
        for (const key of map.keys()) if (!overlays.has(key.split(' ')[0] ?? '')) map.delete(key);
    },
    hint: (overlay, { mac, ...port }) => {
      hints.set(`${overlay} ${mac}`, port);
    },
  };
}

/** As no namespace file is called. */
function hostBridge(bridge: string): string {
  return `host/${bridge}`;
}

function isBalancer(sandbox: string): boolean {
  return sandbox.startsWith('lb_') || sandbox === INGRESS_SANDBOX;
}

/** Sandboxes that have no endpoint yet first: a start is what is mostly looked for. */
function candidates(
  files: NetnsFiles,
  known: ReadonlyMap<string, { readonly sandbox: string }>,
): readonly string[] {
  const all = [
    ...files.sandboxes,
    ...files.loadBalancers.map(({ file }) => file),
    ...(files.ingress ? [INGRESS_SANDBOX] : []),
  ];
  const used = new Set([...known.values()].map(({ sandbox }) => sandbox));
  return [...all.filter((file) => !used.has(file)), ...all.filter((file) => used.has(file))];
}
