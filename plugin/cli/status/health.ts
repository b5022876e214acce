import { lagOf } from '../../api/lag.ts';
import type { AgentStatus, ControllerStatus, NodeStatus } from '../../api/types.ts';
import type { AgentHealth } from '../../protocol.ts';
import { isEncryptionBroken } from './encryption.ts';

/** In the order in which they are worth knowing. */
export type NodeState =
  'down' | 'no agent' | 'degraded' | 'failed' | 'rolled back' | 'behind' | 'unencrypted' | 'ok';

function failedPrograms(health: AgentHealth): number {
  return health.programs.filter(({ state }) => state === 'failed').length;
}

export function nodeState(node: NodeStatus): NodeState {
  if (node.state === 'down') return 'down';
  if (node.state === 'missing' || !node.health) return 'no agent';
  if (failedPrograms(node.health) > 0) return 'failed';
  if (node.health.mode === 'degraded') return 'degraded';
  if (node.health.hostFirewall?.state === 'rolled-back') return 'rolled back';
  // The revision of one that takes its policy from another manager is that manager's to compare.
  if (lagOf(node) !== undefined) return 'behind';
  return isEncryptionBroken(node) ? 'unencrypted' : 'ok';
}

/** A node that Swarm calls down runs nothing, so nothing on it is unguarded. */
export function isNodeHealthy(node: NodeStatus): boolean {
  const state = nodeState(node);
  return state === 'ok' || state === 'down';
}

/** What is stored about the Docker API is on this node's disk. Where no agent speaks, that is said already. */
export function keepsAuthz({ state, authz }: NodeStatus, { clusterPolicies }: ControllerStatus): boolean {
  return state !== 'connected' || authz === clusterPolicies.authz.revision;
}

export function isClusterHealthy(status: ControllerStatus): boolean {
  return (
    status.state === 'serving' &&
    status.nodes.every((node) => isNodeHealthy(node) && keepsAuthz(node, status))
  );
}

/** Outside a Swarm there is no manager to follow. */
export function isAgentHealthy({ health, controllers, swarm }: AgentStatus): boolean {
  const follows =
    swarm === 'inactive' || controllers.some(({ state, subscribed }) => state === 'connected' && subscribed);
  return (
    follows && health.mode === 'enforcing' && failedPrograms(health) === 0 && !isEncryptionBroken({ health })
  );
}

export interface ProgramCounts {
  readonly all: number;
  readonly failed: number;
  readonly pending: number;
  readonly denied: number;
  readonly wouldDeny: number;
}

export function countPrograms({ programs }: AgentHealth): ProgramCounts {
  const sum = (pick: (program: AgentHealth['programs'][number]) => number): number =>
    programs.reduce((total, program) => total + pick(program), 0);
  return {
    all: programs.length,
    failed: sum(({ state }) => Number(state === 'failed')),
    pending: sum(({ state }) => Number(state === 'pending')),
    denied: sum(({ denied }) => denied),
    wouldDeny: sum(({ wouldDeny }) => wouldDeny),
  };
}
