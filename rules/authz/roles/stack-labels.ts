import type { Json } from '../api-request.ts';

export const STACK_LABEL = 'com.docker.stack.namespace';
export const PROJECT_LABEL = 'com.docker.compose.project';

/** Which labels tell a thing's stack, the first that is there: Swarm's services know only the one. */
export function stackLabelsOf(resource: string): readonly string[] {
  return resource === 'services' || resource === 'tasks' ? [STACK_LABEL] : [STACK_LABEL, PROJECT_LABEL];
}

/** Undefined: of no stack. */
export function stackOf(
  resource: string,
  labels: Readonly<Record<string, Json | undefined>>,
): string | undefined {
  for (const label of stackLabelsOf(resource)) {
    const stack = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (typeof stack === 'string' && stack !== '') return stack;
  }
  return undefined;
}
