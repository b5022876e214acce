import type { Lab } from '../../lab/lab.ts';
import type { LabRegistry } from '../../lab/registry.ts';

/** Two nodes in one Swarm, and a registry that both may use. */
export interface PluginWorld {
  readonly engine: string;
  readonly lab: Lab;
  readonly registry: LabRegistry;
}
