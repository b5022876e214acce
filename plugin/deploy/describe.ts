import type { NodeStatus } from '../api/types.ts';
import type { AbsentPeer, DeployStep, NetworkConflict } from './plan-deploy.ts';

/** `done`: as of what happened; else of what would. */
export function describeStep(step: DeployStep, done: boolean): string {
  switch (step.kind) {
    case 'create-network': {
      const { name, encrypted, internal } = step.network;
      const how = [encrypted ? 'encrypted' : 'plain', ...(internal ? ['internal'] : [])].join(', ');
      return `${done ? 'created' : 'create'} network ${name} (${how})`;
    }
    case 'deploy-stack':
      return `${done ? 'deployed' : 'deploy'} stack ${step.stack}`;
    case 'attach-peer':
      return `${done ? 'joined' : 'join'} ${step.service} to ${step.network}${done ? ' (its tasks restart)' : ''}`;
  }
}

export function describePeer({ service, network, state }: AbsentPeer): string {
  return state === 'not-joined'
    ? `${service} has not joined ${network} yet: --attach-peers does it (its tasks restart), or deploy its stack again`
    : `${service} is not deployed yet; deploying its stack with swarmwall joins it to ${network}`;
}

const WORDS = {
  encrypted: { true: 'encrypted', false: 'not encrypted' },
  internal: { true: 'internal', false: 'not internal' },
} as const;

function word({ option }: NetworkConflict, value: string): string {
  if (option === 'driver') return `a network of driver ${value}`;
  return value === 'true' ? WORDS[option].true : WORDS[option].false;
}

export function describeConflict(conflict: NetworkConflict): string {
  return `network ${conflict.network} is ${word(conflict, conflict.is)}, and should be ${word(conflict, conflict.wanted)}`;
}

export function remedyFor({ external, network }: NetworkConflict, stack: string): string {
  return external
    ? `Docker cannot change a network in place: take its services off it, docker network rm ${network}, deploy again.`
    : `Docker cannot change a network in place: docker stack rm ${stack}, then deploy again.`;
}

/** Nodes on which the policy, or the traffic, would not be what the file says. */
export function nodeWarnings(nodes: readonly NodeStatus[], encrypted: boolean): readonly string[] {
  return nodes.flatMap((node) => [
    ...(node.state === 'missing' ? [`${node.hostname} has no agent: nothing is enforced there`] : []),
    ...(encrypted && node.encryption === 'unavailable' ? [unencryptable(node.hostname)] : []),
  ]);
}

export function unencryptable(hostname: string): string {
  return `the kernel of ${hostname} cannot encrypt: an encrypted segment will carry nothing between it and other nodes`;
}
