import type { RawConfig, RawContainerSpec, RawInfo, RawNetwork, RawService } from '../docker/engine-data.ts';
import type { PolicyConfigs } from '../policy-store/policy-configs.ts';

/** A network of a service's spec, as the API writes it. */
export interface NetworkAttachment {
  readonly Target?: string;
  readonly Aliases?: readonly string[];
  readonly [other: string]: unknown;
}

export interface ServiceSpec {
  readonly Name?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly TaskTemplate?: {
    readonly ContainerSpec?: RawContainerSpec | null;
    readonly Networks?: readonly NetworkAttachment[] | null;
    readonly [other: string]: unknown;
  };
  /** Of services made with an old API; TaskTemplate's wins. */
  readonly Networks?: readonly NetworkAttachment[] | null;
  readonly [other: string]: unknown;
}

export interface FullService extends RawService {
  readonly Version?: { readonly Index?: number };
  readonly Spec?: ServiceSpec;
}

export interface FullConfig extends RawConfig {
  readonly Version?: { readonly Index?: number };
}

export interface FullNetwork extends RawNetwork {
  readonly Internal?: boolean;
}

export interface NetworkToCreate {
  readonly name: string;
  readonly encrypted: boolean;
  readonly internal: boolean;
}

/**
 * What `deploy` and `policy` need of a manager's engine.
 * Each call throws Fault `docker-unavailable` (no answer) or `docker-failed` (with `data.status`).
 */
export interface Swarm extends PolicyConfigs {
  info(): Promise<RawInfo>;
  services(): Promise<readonly FullService[]>;
  service(id: string): Promise<FullService>;
  networks(): Promise<readonly FullNetwork[]>;
  createNetwork(network: NetworkToCreate): Promise<string>;
  updateService(id: string, version: number, spec: ServiceSpec): Promise<void>;
}
