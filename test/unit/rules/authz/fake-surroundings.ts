import type {
  ContainerFact,
  NamedFact,
  NetworkFact,
  PluginFact,
  ServiceFact,
  Surroundings,
  VolumeFact,
} from '../../../../rules/authz/surroundings.ts';

export interface Around {
  readonly networks?: readonly (Partial<NetworkFact> & { name: string })[];
  readonly containers?: readonly (Partial<ContainerFact> & { name: string })[];
  readonly services?: readonly (Partial<ServiceFact> & { name: string })[];
  readonly volumes?: readonly (Partial<VolumeFact> & { name: string })[];
  readonly configs?: readonly (Partial<NamedFact> & { name: string })[];
  readonly plugins?: readonly (Partial<PluginFact> & { name: string })[];
}

/** An engine that holds these; by name, or by the id `id-<name>`. */
export function fakeSurroundings(around: Around = {}): Surroundings {
  const find =
    <T extends { name: string; id?: string }>(all: readonly T[] = []) =>
    (reference: string) =>
      all.find(({ name, id = `id-${name}` }) => reference === name || reference === id);
  const complete = <T extends { name: string }>(fact: T | undefined) =>
    fact && { id: `id-${fact.name}`, labels: {}, ...fact };
  const networks = [
    { name: 'bridge', driver: 'bridge' },
    { name: 'host', driver: 'host' },
    { name: 'none', driver: 'null' },
    ...(around.networks ?? []),
  ];
  return {
    network: async (reference) => {
      const fact = complete(find(networks)(reference));
      const rest = { driver: 'overlay', scope: 'swarm', attachable: true, encrypted: false, ingress: false };
      return fact && { ...rest, ...fact };
    },
    container: async (reference) => {
      const fact = complete(find(around.containers)(reference));
      return fact && { image: 'app:1', networkMode: 'bridge', privileged: false, networks: [], ...fact };
    },
    service: async (reference) => {
      const fact = complete(find(around.services)(reference));
      return fact && { spec: {}, ...fact };
    },
    volume: async (name) => {
      const fact = find(around.volumes)(name);
      return fact && { driver: 'local', options: {}, labels: {}, ...fact };
    },
    config: async (reference) => complete(find(around.configs)(reference)),
    secret: async () => undefined,
    plugin: async (reference) => {
      const fact = complete(find(around.plugins)(reference));
      return fact && { types: [], ...fact };
    },
    exec: async () => undefined,
    node: async () => undefined,
    task: async () => undefined,
  };
}
