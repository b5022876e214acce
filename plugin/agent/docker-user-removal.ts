import type { Namespace } from '../kernel/namespace.ts';

export function removeDockerUser(_: Namespace): Promise<boolean> {
  return Promise.resolve(false);
}
