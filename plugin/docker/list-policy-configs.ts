import type Docker from 'dockerode';
import { CONFIG_PREFIX } from '../policy-store/config-name.ts';
import { LABELS } from '../policy-store/labels.ts';
import { STAGED_PREFIX } from '../staged/staged-configs.ts';
import type { RawConfig } from './engine-data.ts';

/** By name or by label: what has only one of the two is looked at as well, and reported. And what is staged. */
export async function listPolicyConfigs(docker: Docker): Promise<readonly RawConfig[]> {
  const list = async (filters: Record<string, string[]>): Promise<readonly RawConfig[]> =>
    (await docker.listConfigs({ filters })) as unknown as readonly RawConfig[];
  const found = await Promise.all([
    list({ name: [CONFIG_PREFIX] }),
    list({ label: [LABELS.name] }),
    list({ name: [STAGED_PREFIX] }),
  ]);
  return [...new Map(found.flat().map((config) => [config.ID, config])).values()];
}
