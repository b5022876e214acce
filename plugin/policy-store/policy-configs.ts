import type { RawConfig } from '../docker/engine-data.ts';

/** What the store needs of a manager's engine; each call throws Fault `docker-unavailable` or `docker-failed`. */
export interface PolicyConfigs {
  /** Those that are, or look like, versions of policies or staged changes; with their data. */
  policyConfigs(): Promise<readonly RawConfig[]>;
  /** Returns its id. A name that is taken: Fault `docker-failed` with `data.status` 409. */
  createConfig(config: ConfigToCreate): Promise<string>;
  /** Adds one label, or changes it: all that Swarm lets anybody change of a config. */
  labelConfig(id: string, label: string, value: string): Promise<void>;
  removeConfig(id: string): Promise<void>;
}

export interface ConfigToCreate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: string;
}
