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
