import type { Position } from '../diagnostic.ts';
import type { AdmissionCheckId } from './admission-check-ids.ts';

/** All that administrators say of the Docker API, as it is in force: each document is one stored version. */
export interface AuthzPolicy {
  readonly roles: readonly Role[];
  readonly bindings: readonly RoleBinding[];
  readonly admission: readonly AdmissionPolicy[];
  readonly audit: readonly AuditPolicy[];
}

/** After Kubernetes' RBAC: allows add up, nothing denies. With `stack` a Role, without a ClusterRole. */
export interface Role {
  readonly name: string;
  readonly stack?: string;
  readonly rules: readonly RoleRule[];
  readonly origin: Position;
}

/** A request is covered when verb, resource and, if any are named, the name match. `*` is all. */
export interface RoleRule {
  readonly verbs: readonly string[];
  /** Plural, as in the API: `containers`, `containers/exec`, `services`, `policies`, `breakglass`. */
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** With `stack` it grants only within that stack, whatever the role; without, in the whole cluster. */
export interface RoleBinding {
  readonly name: string;
  readonly stack?: string;
  readonly role: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string };
  readonly subjects: readonly Subject[];
  readonly origin: Position;
}

export type Subject =
  /** A TLS client certificate's CN, exactly. */
  | { readonly kind: 'User'; readonly name: string }
  /** CNs by a pattern in which `*` is any characters: `ops-*`. */
  | { readonly kind: 'Group'; readonly pattern: string }
  /** Who reaches the engine's unix socket: Docker tells no user there. */
  | { readonly kind: 'LocalSocket' };

export type AdmissionLevel = 'privileged' | 'baseline' | 'restricted';
export type AdmissionMode = 'enforce' | 'warn' | 'audit';

/** What a workload may ask for. Of several that match, each is asked; the strictest answer counts. */
export interface AdmissionPolicy {
  readonly name: string;
  /** Each absent list matches everything; several lists must all match. `*` within a word is any characters. */
  readonly match: {
    readonly stacks?: readonly string[];
    /** CN patterns; `@socket` is the local socket. */
    readonly users?: readonly string[];
    readonly networks?: readonly string[];
  };
  readonly level: AdmissionLevel;
  readonly mode: AdmissionMode;
  /** Checks of the level that do not count here. */
  readonly exempt: readonly AdmissionCheckId[];
  /** What is taken although the level refuses it: narrower than leaving a whole check out. */
  readonly allow?: {
    /** `/srv/data`: that path alone. `/srv/data/*`: what is below it, where symbolic links may lead anywhere. */
    readonly hostPaths?: readonly string[];
    /** `NET_ADMIN`: capital letters, without CAP_. */
    readonly capabilities?: readonly string[];
    readonly sysctls?: readonly string[];
    readonly hostPorts?: readonly PortRange[];
    readonly volumeDrivers?: readonly string[];
  };
  readonly runtimes?: readonly string[];
  readonly images?: {
    /** `registry.example.com`, `registry.example.com/team/*`. Absent: any. */
    readonly registries?: readonly string[];
    /** `tag`: a tag that is not `latest`, or a digest. `digest`: a digest. */
    readonly require?: 'tag' | 'digest';
  };
  readonly require?: {
    readonly labels?: readonly string[];
    readonly networkPolicy?: boolean;
    readonly encryptedNetwork?: boolean;
    readonly memoryLimit?: boolean;
    readonly cpuLimit?: boolean;
    readonly pidsLimit?: boolean;
  };
  readonly origin: Position;
}

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** Rules are asked in order, policies by name; the first that matches tells the level; Metadata when none does. */
export interface AuditPolicy {
  readonly name: string;
  readonly rules: readonly AuditRule[];
  readonly origin: Position;
}

export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly string[];
  readonly stacks?: readonly string[];
}
