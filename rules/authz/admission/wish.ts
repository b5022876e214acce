/** One thing that a request asks for, however it is spelt there, and the field that says so. */
export type Ask = { readonly path: string } & AskedThing;

export type AskedThing =
  | { readonly kind: 'privileged' }
  /** Capital letters, without CAP_; `ALL`. */
  | { readonly kind: 'capability'; readonly name: string }
  | { readonly kind: 'host-namespace'; readonly space: Space }
  | { readonly kind: 'shared-namespace'; readonly space: Space; readonly container: string }
  /** `volume`: the volume through which it is reached. `readonly` says nothing: the socket can be written all the same. */
  | { readonly kind: 'host-path'; readonly source: string; readonly volume?: string }
  | { readonly kind: 'propagation'; readonly mode: string }
  | { readonly kind: 'volumes-from'; readonly container: string }
  /** A volume that is there, perhaps: what it leads to is looked up. */
  | { readonly kind: 'volume'; readonly name: string }
  | { readonly kind: 'volume-driver'; readonly driver: string; readonly detail?: string }
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'sysctl'; readonly name: string }
  | { readonly kind: 'seccomp'; readonly profile: string }
  | { readonly kind: 'apparmor'; readonly profile: string }
  | { readonly kind: 'selinux'; readonly option: string }
  | { readonly kind: 'unmasked-path' }
  | { readonly kind: 'new-privileges' }
  | { readonly kind: 'security-option'; readonly option: string }
  | { readonly kind: 'cgroup-parent'; readonly parent: string }
  | { readonly kind: 'runtime'; readonly name: string }
  | { readonly kind: 'annotation'; readonly name: string }
  /** 0 to 0: any that is free. */
  | { readonly kind: 'host-port'; readonly from: number; readonly to: number }
  | { readonly kind: 'log-driver'; readonly driver: string }
  | { readonly kind: 'network'; readonly reference: string }
  | { readonly kind: 'network-driver'; readonly driver: string; readonly network?: string }
  | { readonly kind: 'network-option'; readonly option: string }
  | { readonly kind: 'late-network'; readonly network: string }
  /** A container that is there joins a network, and no policy speaks of it. */
  | { readonly kind: 'unselected-target'; readonly container: string }
  | { readonly kind: 'privileged-target'; readonly container: string }
  | { readonly kind: 'plugin'; readonly what: string }
  | { readonly kind: 'task-runtime'; readonly what: string }
  | { readonly kind: 'build' }
  | { readonly kind: 'build-session' }
  | { readonly kind: 'build-remote'; readonly remote: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'oom'; readonly what: string }
  | { readonly kind: 'dns-server'; readonly server: string }
  | { readonly kind: 'image'; readonly reference: string }
  /** A name given to an image that was made here; `undefined`: whatever the archive says. */
  | { readonly kind: 'image-name'; readonly reference?: string }
  | { readonly kind: 'limit-lifted'; readonly limit: Limit }
  /** Not of the type that the API documents. */
  | { readonly kind: 'unreadable'; readonly expected: string };

export type Space = 'network' | 'pid' | 'ipc' | 'uts' | 'user' | 'cgroup';
export type Limit = 'memory' | 'cpu' | 'pids';

/**
 * What a container or service gives up or keeps to: only as far as every engine that takes the request will do it. A field
 * that the requested API version does not know counts as not written.
 */
export interface Workload {
  /** As in `asks`; '' is the image's own. */
  readonly user: string;
  readonly readOnlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  /** Capital letters, without CAP_; `ALL`. */
  readonly drops: ReadonlySet<string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly limits: ReadonlySet<Limit>;
  /** It has no network at all. */
  readonly unconnected: boolean;
  /** For messages: where `user`, `readOnlyRoot` and so on would be written. */
  readonly fields: WorkloadFields;
}

export type WorkloadFields = Readonly<
  Record<'user' | 'readOnlyRoot' | 'noNewPrivileges' | 'drops' | 'labels' | Limit, string>
>;

export interface Wish {
  readonly asks: readonly Ask[];
  /** Only of what will run with what the request says. */
  readonly workload?: Workload;
  /** Those that the request itself names. */
  readonly stacks: readonly string[];
}

/** With what the engine holds under the names that it mentions. */
export interface ResolvedWish extends Wish {
  readonly networks: readonly JoinedNetwork[];
}

export interface JoinedNetwork {
  readonly path: string;
  readonly name: string;
  readonly id: string;
  readonly driver: string;
  readonly encrypted: boolean;
}
