import { isIP } from 'node:net';
import type { Protocol, ServicePort } from '../../compose-ext/policy-model.ts';
import type { RawPort, RawService } from './engine-data.ts';
import { bareAddress } from './network-mapper.ts';

const STACK_LABEL = 'com.docker.stack.namespace';

export interface ServiceRecord {
  readonly id: string;
  readonly key: string;
  readonly stack: string;
  readonly name: string;
  /** As on the service; only managers can set them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** Of its `dns:`; absent: none given. */
  readonly resolvers?: readonly string[];
  /** [network id, address]. */
  readonly virtualIps: readonly (readonly [string, string])[];
}

/** A service of a stack is called `<stack>_<name>`; one made by hand is its own stack. */
export function toServiceRecord(raw: RawService): ServiceRecord {
  const fullName = raw.Spec?.Name ?? raw.ID;
  const labels = raw.Spec?.Labels ?? {};
  const said = labels[STACK_LABEL];
  // A key's two names are parted by a slash, so a stack's may have none.
  const stack = said !== undefined && /^[^/\s]+$/.test(said) ? said : fullName;
  const name = fullName.startsWith(`${stack}_`) ? fullName.slice(stack.length + 1) : fullName;
  const resolvers = (raw.Spec?.TaskTemplate?.ContainerSpec?.DNSConfig?.Nameservers ?? []).filter(
    (address) => isIP(address) !== 0,
  );
  return {
    id: raw.ID,
    key: `${stack}/${name}`,
    stack,
    name,
    labels,
    ports: portsOf(raw),
    ...(resolvers.length > 0 && { resolvers }),
    virtualIps: (raw.Endpoint?.VirtualIPs ?? []).flatMap(({ NetworkID, Addr }) => {
      const address = bareAddress(Addr);
      return NetworkID && address ? [[NetworkID, address] as const] : [];
    }),
  };
}

/** `Endpoint.Ports` has the numbers that Swarm chose; the spec only those that were asked for. */
function portsOf(raw: RawService): ServicePort[] {
  const ports = raw.Endpoint?.Ports ?? raw.Endpoint?.Spec?.Ports ?? [];
  return ports.flatMap((port) => toServicePort(port) ?? []);
}

function toServicePort(port: RawPort): ServicePort | undefined {
  if (!isProtocol(port.Protocol) || !port.TargetPort) return undefined;
  return {
    protocol: port.Protocol,
    target: port.TargetPort,
    ...(port.PublishedPort ? { published: port.PublishedPort, mode: 'ingress' } : {}),
    // Its number may be for each node's engine to choose.
    ...(port.PublishMode === 'host' ? { mode: 'host' } : {}),
    ...(port.Name ? { name: port.Name } : {}),
  };
}

function isProtocol(protocol: string | undefined): protocol is Protocol {
  return protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp';
}
