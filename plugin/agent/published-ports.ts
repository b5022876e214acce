import type { NodePort } from '../../compose-ext/index.ts';
import type { RawContainer } from '../docker/engine-data.ts';

/** Of containers whose ports the engine's proxy listens for on every address of the node. */
export function publishedPorts(containers: readonly Pick<RawContainer, 'Ports'>[]): readonly NodePort[] {
  const found = new Map<string, NodePort>();
  for (const { Ports } of containers)
    for (const { IP, PublicPort: port, Type: protocol } of Ports ?? [])
      if (port !== undefined && (IP === '0.0.0.0' || IP === '::' || IP === '') && isProtocol(protocol))
        found.set(`${protocol} ${port}`, { protocol, port });
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
}

function isProtocol(text: string | undefined): text is NodePort['protocol'] {
  return text === 'tcp' || text === 'udp' || text === 'sctp';
}
