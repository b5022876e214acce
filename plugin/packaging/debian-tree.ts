import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../process/run.ts';
import { debianMirror } from './debian-mirror.ts';

/** Debian's stable release: its security updates come with a new tree. */
const SUITE = 'trixie';
/** Those of the programs that the plugin runs, with the names of protocols (netbase), and of the libraries that Node is linked with. */
const PACKAGES = [
  ...['nftables', 'iptables', 'ipset', 'conntrack', 'iproute2', 'util-linux', 'netbase'],
  ...['libstdc++6', 'libgcc-s1', 'libatomic1'],
].join();

const CACHE = '/var/cache/swarmwall/trees';
const MAKE = join(import.meta.dirname, 'make-debian-tree.sh');

/**
 * A Debian root file system that the plugin's is taken from, made once by debootstrap (half a minute) and only ever
 * read from then on. Needs root, and nothing of the network but Debian's mirror that apt uses.
 */
export async function debianTree(say: (text: string) => void): Promise<string> {
  const recipe = createHash('sha256').update(`${SUITE} ${PACKAGES}`).digest('hex').slice(0, 8);
  const tree = join(CACHE, `${SUITE}-${recipe}`);
  if (!existsSync(join(tree, 'finished'))) {
    say(`making a tree of Debian ${SUITE} (once, half a minute)`);
    mkdirSync(dirname(tree), { recursive: true });
    const mirror = await debianMirror();
    const own = [`${tree}.lock`, 'unshare', '--mount', '--pid', '--fork', '--kill-child'];
    await runProcess('flock', [...own, 'sh', MAKE, tree, SUITE, mirror.url, PACKAGES], {
      timeout: 900_000,
      env: mirror.env,
    });
  }
  return join(tree, 'root');
}
