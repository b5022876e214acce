import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianTree } from './debian-tree.ts';
import { makeRootFileSystem } from './root-file-system.ts';

const ROOT = dirname(dirname(import.meta.dirname));

/** What `docker plugin create` takes: `rootfs` and `config.json`. */
export const PLUGIN_FOLDER = join(ROOT, 'dist', 'plugin');

/** Makes them anew from the bundle as it is; at once, as somebody may be reading the old ones. */
export async function makePluginFiles(say: (text: string) => void): Promise<void> {
  const tree = await debianTree(say);
  const made = `${PLUGIN_FOLDER}.${process.pid}`;
  const old = `${made}.old`;
  try {
    mkdirSync(made, { recursive: true });
    await makeRootFileSystem(join(made, 'rootfs'), {
      tree,
      program: join(ROOT, 'dist', 'swarmwall.cjs'),
      guard: join(ROOT, 'dist', 'swarmwall-runc'),
      flowReader: join(ROOT, 'dist', 'swarmwall-flow-reader'),
      node: process.execPath,
    });
    cpSync(join(ROOT, 'config.json'), join(made, 'config.json'));
    if (existsSync(PLUGIN_FOLDER)) renameSync(PLUGIN_FOLDER, old);
    renameSync(made, PLUGIN_FOLDER);
  } finally {
    for (const folder of [made, old]) rmSync(folder, { recursive: true, force: true });
  }
}
