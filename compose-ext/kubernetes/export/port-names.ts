import type { PolicyModel, PortMatch, Protocol, ServicePort } from '../../policy-model.ts';
import { firstFree } from './kubernetes-names.ts';

/**
 * In Kubernetes a name of a port is in small letters and stands once in a pod; in Compose one name may be several
 * ports of a service, of several protocols, and `HTTP` is not `http`. Where that makes a difference each such port
 * gets a name of its own, the same in all services, and a policy names all that it means.
 */
export interface PortNames {
  /** Of the service's own ports, in their order; undefined: it has none. */
  ofService(ports: readonly ServicePort[]): readonly (string | undefined)[];
  /** What a rule's port comes to; never nothing. */
  ofRule(match: PortMatch): readonly PortMatch[];
  /** Names that are not what they were. */
  readonly renamed: ReadonlyMap<string, readonly string[]>;
}

const LONGEST = 15;

export function assignPortNames(model: PolicyModel): PortNames {
  const services = model.stacks.flatMap((stack) => stack.services);
  const rules = model.stacks.flatMap(({ policies }) =>
    policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]),
  );
  const inRules = rules.flatMap(({ ports }) =>
    ports.flatMap(({ port }) => (typeof port === 'string' ? port : [])),
  );
  const written = new Set([
    ...services.flatMap(({ ports }) => ports.flatMap(({ name }) => name ?? [])),
    ...inRules,
  ]);
  const shared = sharedNames(
    written,
    services.map(({ ports }) => ports),
  );
  const taken = new Set([...written].map((name) => name.toLowerCase()).filter((name) => !shared.has(name)));
  const most = new Map<string, number>();
  const own = new Map<string, string>();
  const renamed = new Map<string, string[]>();
  const nameOf = (name: string, protocol: Protocol, ordinal: number): string => {
    const lower = name.toLowerCase();
    const key = `${name} ${protocol} ${ordinal}`;
    const known = own.get(key);
    if (known !== undefined) return known;
    const given = shared.has(lower) ? firstFree(lower, LONGEST, taken) : lower;
    taken.add(given);
    own.set(key, given);
    if (given !== name) renamed.set(name, [...new Set([...(renamed.get(name) ?? []), given])]);
    return given;
  };
  for (const { ports } of services)
    for (const { name, protocol, ordinal } of numbered(ports)) {
      nameOf(name, protocol, ordinal);
      most.set(`${name} ${protocol}`, Math.max(most.get(`${name} ${protocol}`) ?? 0, ordinal));
    }
  return {
    ofService(ports) {
      const ordinals = numbered(ports);
      return ports.map((port) => {
        const found = ordinals.find((each) => each.port === port);
        return found && nameOf(found.name, found.protocol, found.ordinal);
      });
    },
    ofRule(match) {
      const { port, protocol } = match;
      if (typeof port !== 'string') return [match];
      const last = shared.has(port.toLowerCase()) ? (most.get(`${port} ${protocol}`) ?? 0) : 0;
      return Array.from({ length: last + 1 }, (_, ordinal) => ({
        protocol,
        port: nameOf(port, protocol, ordinal),
      }));
    },
    renamed,
  };
}

/** Small-letter forms of the names that mean several ports of one service, or that several names share. */
function sharedNames(
  written: ReadonlySet<string>,
  services: readonly (readonly ServicePort[])[],
): ReadonlySet<string> {
  const shared = new Set<string>();
  const forms = new Set<string>();
  for (const name of written) {
    const form = name.toLowerCase();
    if (forms.has(form)) shared.add(form);
    forms.add(form);
  }
  for (const ports of services) {
    const once = new Set<string>();
    for (const { name } of numbered(ports)) {
      const form = name.toLowerCase();
      if (once.has(form)) shared.add(form);
      once.add(form);
    }
  }
  return shared;
}

interface NumberedPort {
  readonly port: ServicePort;
  readonly name: string;
  readonly protocol: Protocol;
  /** Among the service's ports of this name and protocol, by number of the port. */
  readonly ordinal: number;
}

/** One number published twice under one name is one port. */
function numbered(ports: readonly ServicePort[]): readonly NumberedPort[] {
  const targets = new Map<string, number[]>();
  return ports.flatMap((port): NumberedPort[] => {
    const { name, protocol, target } = port;
    if (name === undefined) return [];
    const known = targets.get(`${name} ${protocol}`) ?? [];
    if (known.includes(target)) return [];
    targets.set(`${name} ${protocol}`, [...known, target]);
    return [{ port, name, protocol, ordinal: known.length }];
  });
}
