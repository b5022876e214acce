import type { PortMatch, ServicePort } from '../policy-model.ts';

/** Whether a rule's port means this one of a service. */
export function portMatches({ protocol, port, endPort }: PortMatch, declared: ServicePort): boolean {
  if (protocol !== declared.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return port === declared.name;
  return port <= declared.target && declared.target <= (endPort ?? port);
}
