import { readServiceLabels, stackLabels, type ServiceLabels } from '../../compose-ext/index.ts';
import type { Direction, ServiceKey, ServicePort } from '../../compose-ext/policy-model.ts';
import type { ClusterService, StackSettings } from '../../rules/network-policy.ts';
import type { ServiceRecord } from '../docker/service-mapper.ts';

export interface ServiceProblem {
  readonly service: ServiceKey;
  readonly code: string;
  readonly message: string;
}

export interface JoinedServices {
  readonly stacks: ReadonlyMap<string, StackSettings>;
  readonly services: ReadonlyMap<ServiceKey, ClusterService>;
  /** Docker's service id → key. */
  readonly keyOf: ReadonlyMap<string, ServiceKey>;
  readonly problems: readonly ServiceProblem[];
}

/**
 * Services with what their labels say, and the stacks that they make up. Of two services with the same key only the
 * first is known: the other's addresses are unknown, and so denied.
 */
export function joinServices(records: readonly ServiceRecord[]): JoinedServices {
  const services = new Map<ServiceKey, ClusterService>();
  const keyOf = new Map<string, ServiceKey>();
  const problems: ServiceProblem[] = [];
  const byStack = new Map<string, ServiceLabels[]>();
  for (const { id, key, stack, name, labels, ports, resolvers } of records) {
    if (services.has(key)) {
      problems.push({ service: key, code: 'duplicate-service', message: `another service is ${key} too` });
      continue;
    }
    const read = readServiceLabels({ stack, service: name, labels });
    for (const { code, message } of read.diagnostics) problems.push({ service: key, code, message });
    keyOf.set(id, key);
    services.set(key, {
      key,
      stack,
      name,
      labels: read.labels,
      ports: withNames(ports, read.ports),
      policies: read.policies,
      ...(read.limit && { limit: read.limit }),
      ...(read.mode && { mode: read.mode }),
      ...(resolvers && { resolvers }),
    });
    byStack.set(stack, [...(byStack.get(stack) ?? []), read]);
  }
  return {
    stacks: new Map([...byStack].map(([name, members]) => [name, toStack(name, members)])),
    services,
    keyOf,
    problems,
  };
}

/** Where services disagree about their stack (an update is under way), the stricter counts. */
function toStack(name: string, members: readonly ServiceLabels[]): StackSettings {
  const annotated = members.some((member) => member.annotated);
  const said = members.flatMap(({ settings }) => settings ?? []);
  const defaultOf = (direction: Direction, otherwise: 'allow' | 'deny'): 'allow' | 'deny' => {
    if (said.length === 0) return otherwise;
    return said.some(({ defaults }) => defaults[direction] === 'deny') ? 'deny' : 'allow';
  };
  return {
    name,
    labels: stackLabels(name, said[0]?.labels ?? {}),
    annotated,
    defaults: {
      ingress: annotated ? defaultOf('ingress', 'deny') : 'allow',
      egress: annotated ? defaultOf('egress', 'allow') : 'allow',
    },
    ...(said.some(({ dns }) => dns) && { dns: 'strict' }),
    mode: said.length > 0 && said.every(({ mode }) => mode === 'audit') ? 'audit' : 'enforce',
  };
}

/** Published ports are Swarm's to say; the names, and ports that are only exposed, are the Compose file's. */
function withNames(live: readonly ServicePort[], declared: readonly ServicePort[]): readonly ServicePort[] {
  const same = (a: ServicePort, b: ServicePort): boolean =>
    a.protocol === b.protocol && a.target === b.target;
  return [
    ...live.map((port) => {
      const name = port.name ?? declared.find((other) => same(port, other) && other.name !== undefined)?.name;
      return name === undefined ? port : { ...port, name };
    }),
    ...declared
      .filter((port) => !live.some((other) => same(port, other)))
      .map(({ protocol, target, name }) => ({ protocol, target, ...(name === undefined ? {} : { name }) })),
  ];
}
