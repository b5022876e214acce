import type { Position } from '../diagnostic.ts';
import type { PolicyModel, ServiceKey } from '../policy-model.ts';
import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

export interface ManifestText {
  /** The name that positions carry. */
  readonly file: string;
  readonly text: string;
  /** Found beside manifests: a document of it without apiVersion and kind is another tool's. */
  readonly maybe?: true;
}

/** What manifests describe, in the model's words: a namespace is a stack, a workload a service. */
export interface ManifestCluster {
  readonly model: PolicyModel;
  /** Own addresses of the workloads whose manifests have a `status.podIP`. */
  readonly addresses: ReadonlyMap<ServiceKey, readonly string[]>;
  /** Workloads of at most one pod: what they send to themselves stays in it. */
  readonly single: ReadonlySet<ServiceKey>;
  /** What else is written of each workload, for those who write it down again. */
  readonly workloads: ReadonlyMap<ServiceKey, WorkloadDetail>;
  /** Policies (`namespace/name`) whose annotation says which of their blocks stand for the world. */
  readonly worlds: ReadonlyMap<string, WorldMark>;
  /** Services: they say nothing of who may talk to whom. */
  readonly frontends: readonly Frontend[];
}

/** A Service. */
export interface Frontend {
  /** `namespace/name`. */
  readonly name: string;
  readonly type: string;
  readonly origin: Position;
}

export interface WorkloadDetail {
  readonly kind: string;
  /** Of the manifest: the model's may differ where two share one. */
  readonly name: string;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  /** Absent: not written. */
  readonly replicas?: number;
  readonly hostNetwork: boolean;
}

/** What an annotation `swarmwall/world` says: the pods' addresses, which the blocks except. */
export interface WorldMark {
  readonly except: readonly string[];
}

/** An object of a kind that says nothing here. */
export interface SkippedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** One Kubernetes object as it is written; lists have been taken apart. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly tree: Tree;
  readonly source: SourceText;
}

/** What the readers of one object share. */
export interface ObjectContext {
  readonly source: SourceText;
  readonly report: Report;
}
