import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianMirror } from '../../plugin/packaging/debian-mirror.ts';
import { LabError, run } from './process.ts';
import { CACHE_ROOT } from './state.ts';

export type EngineVersion = '20.10' | '26.1' | '28.5';

/** Each engine as Debian ships it. bookworm's debootstrap has no script for forky; sid's is the same. */
const ENGINES: Readonly<
  Record<EngineVersion, { readonly suite: string; readonly packages: readonly string[] }>
> = {
  '20.10': { suite: 'bookworm', packages: ['docker.io'] },
  '26.1': { suite: 'trixie', packages: ['docker.io', 'docker-cli'] },
  '28.5': { suite: 'forky', packages: ['docker.io', 'docker-cli'] },
};

/** What the agent runs inside a node, and what the machine's own node binary is linked with. */
const PACKAGES = [
  ...['iptables', 'ipset', 'iproute2', 'nftables', 'conntrack', 'tcpdump', 'kmod', 'procps'],
  ...['ca-certificates', 'libstdc++6', 'libatomic1'],
];

export const DEFAULT_ENGINE: EngineVersion = '28.5';

export function parseEngine(text: string): EngineVersion {
  if (text in ENGINES) return text as EngineVersion;
  throw new LabError('unknown-engine', `No engine ${text}: have ${Object.keys(ENGINES).join(', ')}.`);
}

/** Where the tree of that engine is, or will be, with these packages beside its own. */
export function treeFolder(engine: EngineVersion, extra: readonly string[] = []): string {
  const recipe = createHash('sha256').update(`${ENGINES[engine].suite} ${packagesOf(engine, extra)}`);
  return join(CACHE_ROOT, 'trees', `${engine}-${recipe.digest('hex').slice(0, 8)}`);
}

/** A root file system with that engine, made once (half a minute) and only ever read from then on. */
export async function engineTree(
  engine: EngineVersion,
  say: (text: string) => void,
  extra: readonly string[] = [],
): Promise<string> {
  const { suite } = ENGINES[engine];
  const packages = packagesOf(engine, extra);
  const tree = treeFolder(engine, extra);
  if (!existsSync(join(tree, 'finished'))) {
    say(`making the ${engine} engine's tree from Debian ${suite} (once, half a minute)`);
    mkdirSync(dirname(tree), { recursive: true });
    const mirror = await debianMirror();
    const make = join(import.meta.dirname, 'make-tree.sh');
    const args = [`${tree}.lock`, 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', make];
    await run('flock', [...args, tree, suite, scriptOf(suite), mirror.url, packages], {
      timeout: 900_000,
      env: mirror.env,
    });
  }
  const version = readFileSync(join(tree, 'version'), 'utf8');
  if (!version.includes(` ${engine}.`))
    throw new LabError('engine-moved', `Debian ${suite} no longer ships Docker ${engine}: ${version.trim()}`);
  return join(tree, 'root');
}

function packagesOf(engine: EngineVersion, extra: readonly string[]): string {
  return [...ENGINES[engine].packages, ...PACKAGES, ...extra].join(',');
}

function scriptOf(suite: string): string {
  const scripts = '/usr/share/debootstrap/scripts';
  return existsSync(join(scripts, suite)) ? join(scripts, suite) : join(scripts, 'sid');
}
