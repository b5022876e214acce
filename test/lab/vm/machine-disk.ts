import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_ENGINE, engineTree, treeFolder } from '../engine-tree.ts';
import { run } from '../process.ts';
import { CACHE_ROOT } from '../state.ts';

/** What the virtual machine has beside what a node has: a kernel with everything, and what the lab itself runs. */
const PACKAGES = ['linux-image-cloud-amd64', 'busybox-static', 'socat', 'e2fsprogs', 'zstd'];
const KEPT = 3;

export const REPOSITORY = dirname(dirname(dirname(import.meta.dirname)));
/** Where the checkout is in the machine. */
export const CHECKOUT = '/srv/swarmwall';

export interface MachineDisk {
  readonly kernel: string;
  readonly initrd: string;
  /** An ext4 file system: the engine's tree, its kernel's modules, Node and this checkout's packages. Never written. */
  readonly image: string;
}

/** Made once for each kernel, engine, Node and package lock. */
export async function machineDisk(say: (text: string) => void): Promise<MachineDisk> {
  const root = await engineTree(DEFAULT_ENGINE, say, PACKAGES);
  const key = createHash('sha256').update(`${root} ${process.execPath} ${process.version}`);
  for (const file of ['make-disk.sh', 'initramfs.sh', 'init.sh'])
    key.update(readFileSync(join(import.meta.dirname, file)));
  key.update(readFileSync(join(REPOSITORY, 'package-lock.json')));
  const machines = join(CACHE_ROOT, 'machines');
  const folder = join(machines, key.digest('hex').slice(0, 12));
  if (!existsSync(folder)) {
    say('making the disk of the virtual machine (once, a quarter of a minute)');
    mkdirSync(machines, { recursive: true });
    const make = ['sh', join(import.meta.dirname, 'make-disk.sh'), folder, root, treeFolder(DEFAULT_ENGINE)];
    const inputs = [process.execPath, join(REPOSITORY, 'node_modules'), CHECKOUT, import.meta.dirname];
    await run('flock', [join(machines, 'lock'), ...make, ...inputs], { timeout: 300_000 });
    forgetOld(machines);
  }
  return { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd'), image: join(folder, 'disk.ext4') };
}

/** A machine that runs on one of them keeps its files open. */
function forgetOld(machines: string): void {
  const folders = readdirSync(machines, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(machines, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of folders.slice(KEPT)) rmSync(folder, { recursive: true, force: true });
}
