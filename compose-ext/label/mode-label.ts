import type { Mode } from '../policy-model.ts';

/** The value of `swarmwall.mode`; undefined when it is none. */
export function parseMode(text: string): Mode | undefined {
  const word = text.trim();
  return word === 'audit' || word === 'enforce' ? word : undefined;
}
