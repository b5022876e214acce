import { holdsAddress } from '../../../rules/docker-user/prefixes.ts';
import { isIp6 } from '../../../rules/overlay/local-ports.ts';
import type { Gateway, LocalOverlay } from '../local-facts.ts';
import type { SandboxInterface } from './start-question.ts';

/** A container whose start was asked for: what it says it is, and what the kernel had of it then. */
export interface SeenStart {
  readonly container: string;
  readonly task: string | undefined;
  readonly interfaces: readonly SandboxInterface[];
}

/**
 * What Docker says of an overlay, and those of its containers that it does not tell of yet. An address or a port that the
 * kernel gives to a new container is nobody else's any more.
 */
export function overlayWith(overlay: LocalOverlay, starts: readonly SeenStart[]): LocalOverlay {
  // The question names no IPv6 addresses: there Docker's word is waited for.
  if (overlay.network.subnets.some(isIp6)) return overlay;
  let { endpoints, ports } = overlay;
  for (const { container, task, interfaces } of starts)
    for (const each of interfaces) {
      if (each.kind !== 'overlay' || each.file !== overlay.file || each.addresses.length === 0) continue;
      const { port, mac, addresses } = each;
      const others = (all: readonly string[]) => all.filter((address) => !addresses.includes(address));
      endpoints = [
        ...endpoints.filter((known) => known.container !== container && !addresses.includes(known.address)),
        ...addresses.map((address) => ({ address, container, ...(task === undefined ? {} : { task }) })),
      ];
      ports = [
        ...ports
          .filter((known) => known.port !== port)
          .map((known) => ({ ...known, addresses: others(known.addresses) }))
          .filter((known) => known.addresses.length > 0),
        { port, mac, addresses },
      ];
    }
  return endpoints === overlay.endpoints ? overlay : { ...overlay, endpoints, ports };
}

/** The same of docker_gwbridge. */
export function gatewayWith(gateway: Gateway, starts: readonly SeenStart[]): Gateway {
  const found = starts.flatMap(({ container, interfaces }) =>
    interfaces.flatMap((each) => {
      const address = each.kind === 'host' ? gatewayAddress(gateway, each.addresses) : undefined;
      return each.kind !== 'host' || address === undefined ? [] : [{ ...each, container, address }];
    }),
  );
  if (found.length === 0) return gateway;
  const addresses = new Map(gateway.addresses);
  let { ports } = gateway;
  for (const { container, port, mac, address } of found) {
    for (const [other, held] of addresses) if (held === address) addresses.delete(other);
    addresses.set(container, address);
    const others = ports.filter((known) => known.port !== port && !known.addresses.includes(address));
    // One that is known without its IPv6 addresses could use none.
    ports = gateway.subnets.some(isIp6) ? ports : [...others, { port, mac, addresses: [address] }];
  }
  return { ...gateway, addresses, ports };
}

/** Of an interface of docker_gwbridge: other bridges have other subnets. */
export function gatewayAddress(
  gateway: Pick<Gateway, 'subnets'> | undefined,
  addresses: readonly string[],
): string | undefined {
  const subnets = gateway?.subnets ?? [];
  return addresses.find((address) => subnets.some((cidr) => holdsAddress({ cidr, except: [] }, address)));
}
