import type { LocalPort, LocalPorts } from '../../rules/overlay/local-ports.ts';
import { listConnections, type Connection } from '../kernel/connections.ts';
import { listAddresses, listLinks, type Link } from '../kernel/links.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { SocketEnd, TcpSocket } from '../kernel/tcp-sockets.ts';
import type { Sandbox } from './sandboxes.ts';

export interface OpenConnectionsOptions {
  readonly overlay: Namespace;
  /** Of containers; each may be gone by now. */
  readonly sandboxes: readonly Sandbox[];
  /** The network's load balancer here. */
  readonly balancer: Namespace | undefined;
  readonly ports: LocalPorts;
}

/** More are left to what their clients send next. */
const MOST = 65_536;

/**
 * The TCP connections over an overlay that were open before anything was known of them, by who opened them.
 *
 * Containers make their own sockets, so they are believed only as far as it opens nothing: a container speaks for the
 * addresses of the one port that leads to it and to no other sandbox; where both ends are here, both must agree; what goes by
 * the load balancer is told by its namespace alone. An end on another node is judged there, too.
 */
export async function findOpenConnections(options: OpenConnectionsOptions): Promise<readonly Connection[]> {
  const { overlay, sandboxes, balancer, ports } = options;
  const bridge = new Map((await listLinks(overlay)).map(({ index, name }) => [index, name]));
  const found = await Promise.all(sandboxes.map((sandbox) => socketsOf(sandbox, bridge, ports)));
  // After the sockets: a virtual IP that one of them speaks to is there by now.
  const translated = balancer === undefined ? new Set<string>() : await addressesOf(balancer, ports);
  const sockets = believed(found, ports).filter(({ remote }) => !translated.has(remote.address));
  const connections = sockets.flatMap((socket) => connectionOf(socket) ?? []);
  if (balancer !== undefined) connections.push(...(await balanced(balancer, translated)));
  return connections.slice(0, MOST);
}

interface Told {
  readonly port: LocalPort;
  readonly sockets: readonly TcpSocket[];
}

async function socketsOf(
  sandbox: Sandbox,
  bridge: ReadonlyMap<number, string>,
  ports: LocalPorts,
): Promise<readonly Told[]> {
  try {
    const links = await sandbox.links();
    const leads = ({ mac, peer }: Link, port: LocalPort): boolean =>
      mac === port.mac && peer !== undefined && bridge.get(peer) === port.port;
    const own = ports.filter((port) => links.some((link) => leads(link, port)));
    if (own.length === 0) return [];
    const sockets = await sandbox.sockets();
    return own.map((port) => ({
      port,
      sockets: sockets.filter(({ local }) => port.addresses.includes(local.address)),
    }));
  } catch {
    // It ended meanwhile, and its connections with it.
    return [];
  }
}

function believed(found: readonly (readonly Told[])[], ports: LocalPorts): readonly TcpSocket[] {
  const told = found.flat();
  const single = told.filter(({ port }) => told.filter((each) => each.port === port).length === 1);
  const here = new Set(ports.flatMap(({ addresses }) => addresses));
  const sockets = single.flatMap((each) => each.sockets);
  const byEnds = new Map(sockets.map((socket) => [ends(socket.local, socket.remote), socket]));
  return sockets.filter(({ local, remote, how }) => {
    if (!here.has(remote.address)) return true;
    const other = byEnds.get(ends(remote, local))?.how;
    return (how === 'accepted' && other === 'opened') || (how === 'opened' && other === 'accepted');
  });
}

function connectionOf({ local, remote, how }: TcpSocket): Connection | undefined {
  if (how === 'unknown') return undefined;
  return how === 'accepted' ? { client: remote, server: local } : { client: local, server: remote };
}

/** Its own on this network, and the virtual IPs. */
async function addressesOf(balancer: Namespace, ports: LocalPorts): Promise<ReadonlySet<string>> {
  const links = await listAddresses(balancer);
  const here = links.filter(({ mac }) => ports.some((port) => port.mac === mac));
  return new Set(here.flatMap(({ addresses }) => addresses));
}

/** Both legs: to the virtual IP, and from the balancer's own address to whom it chose. */
async function balanced(balancer: Namespace, own: ReadonlySet<string>): Promise<readonly Connection[]> {
  const tracked = await listConnections(balancer);
  return tracked.flatMap(({ sent, answered }) => [
    ...(own.has(sent.server.address) ? [sent] : []),
    ...(own.has(answered.client.address) ? [answered] : []),
  ]);
}

function ends(one: SocketEnd, other: SocketEnd): string {
  return `${one.address} ${one.port} ${other.address} ${other.port}`;
}
