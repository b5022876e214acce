/** What is Swarmwall's own, by the names that its installation gives. */
const NAME = 'swarmwall';

/** Of a service, its stack, or a volume: `swarmwall`, `swarmwall_agent`, `swarmwall-state`. */
export function isOwnName(name: string): boolean {
  return new RegExp(`^${NAME}([_.-]|$)`).test(name);
}

/** Configs in which policies and settings are stored. Swarm tells names apart without regard to case. */
export function isOwnConfig(name: string): boolean {
  return new RegExp(`^${NAME}-`, 'i').test(name);
}

/** `swarmwall`, `registry.example.com/team/swarmwall:1.2`. */
export function isOwnPlugin(name: string): boolean {
  return new RegExp(`(^|/)${NAME}([:@]|$)`).test(name);
}

/** The guard runtime, under each of its names. */
export function isGuardRuntime(name: string): boolean {
  return isOwnName(name);
}

export const LABEL_PREFIX = `${NAME}.`;
export const SEGMENT_LABEL = `${LABEL_PREFIX}segment`;
export const STACK_LABEL = 'com.docker.stack.namespace';
export const PROJECT_LABEL = 'com.docker.compose.project';
export const SERVICE_NAME_LABEL = 'com.docker.swarm.service.name';
