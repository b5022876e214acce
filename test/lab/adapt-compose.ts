import { isMap, isScalar, isSeq, type Document, type YAMLMap } from 'yaml';
import { FULL_KERNEL } from './full-kernel.ts';

/**
 * Rewrites a Compose file so that any kernel can run it: without IPVS virtual IPs and the routing mesh lead nowhere, and
 * without ESP an encrypted overlay carries nothing between nodes. So DNS round robin, plain overlays, host-mode ports.
 * Returns what was changed, to be said aloud. Comments and everything else stay.
 */
export function adaptCompose(document: Document): readonly string[] {
  const changes: string[] = [];
  if (FULL_KERNEL) return changes;
  for (const [name, service] of mapsUnder(document, 'services')) {
    document.setIn(['services', name, 'deploy', 'endpoint_mode'], 'dnsrr');
    changes.push(`${name}: endpoint_mode dnsrr (does without IPVS)`);
    const ports = service.get('ports');
    if (!isSeq(ports)) continue;
    document.setIn(['services', name, 'ports'], document.createNode(ports.toJSON().map(hostPort)));
    changes.push(`${name}: published ports in host mode (no routing mesh without IPVS)`);
  }
  for (const [name, network] of mapsUnder(document, 'networks')) {
    const options = network.get('driver_opts');
    if (isMap(options) && options.delete('encrypted'))
      changes.push(`network ${name}: not encrypted (does without ESP)`);
  }
  const settings = document.get('x-swarmwall');
  if (isMap(settings)) {
    document.setIn(['x-swarmwall', 'encrypted'], false);
    changes.push('x-swarmwall: encrypted false (does without ESP)');
  }
  return changes;
}

/** One task of every service on every node: then each pair exists on one node and across two. */
export function placeEverywhere(document: Document): void {
  for (const [name, service] of mapsUnder(document, 'services')) {
    const deploy = service.get('deploy');
    if (isMap(deploy)) for (const key of ['replicas', 'placement']) deploy.delete(key);
    document.setIn(['services', name, 'deploy', 'mode'], 'global');
  }
}

/** Every service on one network that exists already, and on nothing else. */
export function attachFlat(document: Document, network: string): void {
  for (const [name] of mapsUnder(document, 'services'))
    document.setIn(['services', name, 'networks'], document.createNode([network]));
  document.set('networks', document.createNode({ [network]: { external: true } }));
}

function mapsUnder(document: Document, key: string): readonly (readonly [string, YAMLMap])[] {
  const parent = document.get(key);
  if (!isMap(parent)) return [];
  return parent.items.flatMap(({ key: name, value }) =>
    isScalar(name) && isMap(value) ? [[String(name.value), value] as const] : [],
  );
}

/** `8080:80/udp` or the long form → the long form in host mode. */
function hostPort(port: unknown): Record<string, unknown> {
  if (typeof port === 'object' && port !== null) return { ...port, mode: 'host' };
  const [, published, target, protocol] = /^(?:(\d+):)?(\d+)(?:\/(\w+))?$/.exec(String(port)) ?? [];
  if (target === undefined) throw new TypeError(`Not a port that the lab can adapt: ${String(port)}`);
  return {
    target: Number(target),
    ...(published === undefined ? {} : { published: Number(published) }),
    protocol: protocol ?? 'tcp',
    mode: 'host',
  };
}
