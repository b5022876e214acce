import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';

export type LocalRole = 'agent' | 'controller' | 'plugin';

/** Where a local API may answer: a daemon's own folder, then what Docker shares with each managed plugin. */
export async function localSockets(
  config: Pick<Config, 'socketDir' | 'execRoot'>,
  role: LocalRole,
): Promise<readonly string[]> {
  const shared = join(config.execRoot, 'plugins');
  const plugins = await readdir(shared).catch(() => []);
  return [config.socketDir, ...plugins.sort().map((id) => join(shared, id))].map((folder) =>
    join(folder, `${role}.sock`),
  );
}
