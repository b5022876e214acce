import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';

/** Where an agent on this node may keep the policy: its own folder, then what Docker keeps for each managed plugin. */
export async function authzFolders(
  { authzDir }: Pick<Config, 'authzDir'>,
  dataRoot = '/var/lib/docker',
): Promise<readonly string[]> {
  const plugins = join(dataRoot, 'plugins');
  const ids = await readdir(plugins).catch(() => []);
  return [authzDir, ...ids.sort().map((id) => join(plugins, id, 'propagated-mount'))];
}
