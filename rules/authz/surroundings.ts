/** What judges need to know of things that a request names. Asked when needed; a look-up that fails denies. */
export interface Surroundings {
  /** By name, full id or unique id prefix, as the engine would find it; undefined: there is none. */
  network(reference: string): Promise<NetworkFact | undefined>;
  container(reference: string): Promise<ContainerFact | undefined>;
  service(reference: string): Promise<ServiceFact | undefined>;
  volume(name: string): Promise<VolumeFact | undefined>;
  config(reference: string): Promise<NamedFact | undefined>;
  secret(reference: string): Promise<NamedFact | undefined>;
  plugin(reference: string): Promise<PluginFact | undefined>;
  exec(id: string): Promise<{ readonly container: string } | undefined>;
  node(reference: string): Promise<NamedFact | undefined>;
  task(id: string): Promise<{ readonly service: string } | undefined>;
}

export interface NamedFact {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NetworkFact extends NamedFact {
  readonly driver: string;
  readonly scope: string;
  readonly attachable: boolean;
  readonly encrypted: boolean;
  readonly ingress: boolean;
}

export interface ContainerFact extends NamedFact {
  readonly image: string;
  readonly networkMode: string;
  readonly privileged: boolean;
  /** Names and ids of the networks that it is on. */
  readonly networks: readonly string[];
}

export interface PluginFact extends NamedFact {
  /** `docker.authz/1.0`, `docker.volumedriver/1.0`, … */
  readonly types: readonly string[];
}

export interface ServiceFact extends NamedFact {
  /** The engine's `Spec`, as it came. */
  readonly spec: unknown;
  /** The engine's `PreviousSpec`, which a rollback brings back; absent: the service was never updated. */
  readonly previousSpec?: unknown;
}

export interface VolumeFact {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}
