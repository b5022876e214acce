import type { Mode, ServiceKey } from '../policy-model.ts';

/** What holds for the whole Swarm: every node is told. */
export interface ClusterSettings {
  /** Whether load balancers of nodes without an agent are trusted: their second leg of a VIP hides its client. */
  readonly nodes: 'permissive' | 'strict';
  /** required: what crosses nodes on a network meant to be encrypted is dropped unless it is. */
  readonly encryption: 'verify' | 'required';
  /** Of services that give their caller a machine's credentials; absent: the well-known ones. */
  readonly metadataAddresses?: readonly string[];
  /** audit: nothing is denied, whatever policies say, but where `modes` enforces. Absent: enforce, where services do not say otherwise. */
  readonly mode?: 'audit';
  /** An administrator's word on single stacks and services, before their own. */
  readonly modes?: readonly ModeSetting[];
}

export interface ModeSetting {
  /** One of the two; a service as `stack/service`. */
  readonly stack?: string;
  readonly service?: ServiceKey;
  readonly mode: Mode;
}

export const DEFAULT_SETTINGS: ClusterSettings = { nodes: 'permissive', encryption: 'verify' };
