/** What is Swarmwall's own, by the names that its installation gives. */
const NAME = 'swarmwall';

/** Of a stack, its services and its volumes: `swarmwall`, `swarmwall_agent`. Others may begin alike: `swarmwall-demo`. */
export function isOwnName(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}_`);
}

/** Configs in which policies are stored, or staged. Swarm tells names apart without regard to case. */
export function isOwnConfig(name: string): boolean {
  return [`${NAME}-policy.`, `${NAME}-staged.`].some((prefix) => name.toLowerCase().startsWith(prefix));
}

/** `swarmwall`, `registry.example.com/team/swarmwall:1.2`. */
export function isOwnPlugin(name: string): boolean {
  return new RegExp(`(^|/)${NAME}([:@]|$)`).test(name);
}

/** The guard runtime, under each of its names. */
export function isGuardRuntime(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}-`);
}

export const LABEL_PREFIX = `${NAME}.`;
export const SEGMENT_LABEL = `${LABEL_PREFIX}segment`;
export const STACK_LABEL = 'com.docker.stack.namespace';
export const PROJECT_LABEL = 'com.docker.compose.project';
export const SERVICE_NAME_LABEL = 'com.docker.swarm.service.name';
