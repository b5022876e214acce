import type { ClusterSettings } from '../compose-ext/index.ts';
import type { Mode } from '../compose-ext/policy-model.ts';
import type { ClusterService } from './network-policy.ts';

type ModeSettings = Pick<ClusterSettings, 'mode' | 'modes'>;

/** What an administrator said of it; the narrowest word counts. Undefined: nothing, so that its labels say. */
export function administeredMode(
  { key, stack }: Pick<ClusterService, 'key' | 'stack'>,
  { mode, modes = [] }: ModeSettings,
): Mode | undefined {
  const own = modes.find(({ service }) => service === key) ?? modes.find((each) => each.stack === stack);
  return own?.mode ?? mode;
}

export function withAdministeredMode(service: ClusterService, settings: ModeSettings): ClusterService {
  const administered = administeredMode(service, settings);
  return administered === undefined ? service : { ...service, administered };
}

/** Whether a network's program may let pass also what belongs to no service: nobody at all enforces. */
export function auditsEverything({ mode, modes = [] }: ModeSettings): boolean {
  return mode === 'audit' && modes.every((each) => each.mode === 'audit');
}
