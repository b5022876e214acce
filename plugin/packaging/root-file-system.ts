import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runProcess } from '../process/run.ts';

/** What the agent runs (plugin/kernel, plugin/process), both variants of iptables. No shell is among them. */
const PROGRAMS = [
  ...['nft', 'iptables-nft', 'iptables-nft-save', 'iptables-nft-restore', 'iptables-legacy'],
  ...['iptables-legacy-save', 'iptables-legacy-restore', 'ipset', 'conntrack'],
  ...['ip', 'bridge', 'nsenter', 'unshare', 'setpriv', 'cat'],
];
const PROGRAM_FOLDERS = ['usr/sbin', 'usr/bin'];
/** ipset knows protocols by name from here, and iptables services. */
const FILES = ['etc/protocols', 'etc/services'];
/** iptables loads its matches and targets from here; those of ebtables, arptables and IPv6 are left. */
const XTABLES_MODULE = /^lib(xt|ipt)_\w+\.so$/;

/** Where Docker mounts things, and what programs expect to be there. */
const FOLDERS = [
  ...['proc', 'sys', 'dev', 'etc', 'tmp', 'root', 'run/docker', 'usr/local/bin'],
  ...['var/lib/docker/swarm', 'var/lib/swarmwall'],
];
/** As Debian has it; libraries and programs are found by either name. */
const LINKS = { bin: 'usr/bin', sbin: 'usr/sbin', lib: 'usr/lib', lib64: 'usr/lib64', 'var/run': '/run' };

export interface RootFileSystemParts {
  /** A Debian root file system with the programs in it. */
  readonly tree: string;
  /** The bundle. */
  readonly program: string;
  /** The guard runtime, which `node install` copies to the node. */
  readonly guard: string;
  /** The agent's, for what the kernel says of flows. */
  readonly flowReader: string;
  /** Node's binary. */
  readonly node: string;
}

/** Makes `target` anew: the programs with their libraries, Node without its symbols, the bundle. */
export async function makeRootFileSystem(target: string, parts: RootFileSystemParts): Promise<void> {
  const { tree } = parts;
  rmSync(target, { recursive: true, force: true });
  for (const folder of FOLDERS) mkdirSync(join(target, folder), { recursive: true });
  for (const folder of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64'])
    mkdirSync(join(target, folder), { recursive: true });
  for (const [link, to] of Object.entries(LINKS)) symlinkSync(to, join(target, link));
  writeFileSync(join(target, 'etc/passwd'), 'root:x:0:0:root:/root:/usr/sbin/nologin\n');
  writeFileSync(join(target, 'etc/group'), 'root:x:0:\n');

  const programs = PROGRAMS.map((name) => findProgram(tree, name));
  const libraries = new Set<string>();
  for (const path of programs) {
    for (const file of chain(tree, path)) copy(tree, target, file);
    const { stdout } = await runProcess('chroot', [tree, '/usr/bin/ldd', `/${path}`]);
    for (const library of absolutePaths(stdout)) libraries.add(library);
  }
  const { stdout } = await runProcess('ldd', [parts.node]);
  for (const library of absolutePaths(stdout)) libraries.add(inTree(tree, library));
  for (const library of libraries) copyLibrary(tree, target, library);
  copyModules(tree, target);
  for (const file of FILES) copy(tree, target, file);

  cpSync(parts.node, join(target, 'usr/local/bin/node'), { dereference: true });
  await runProcess('strip', [join(target, 'usr/local/bin/node')]);
  cpSync(parts.program, join(target, 'usr/local/bin/swarmwall'), { dereference: true });
  cpSync(parts.guard, join(target, 'usr/local/bin/swarmwall-runc'), { dereference: true });
  cpSync(parts.flowReader, join(target, 'usr/local/bin/swarmwall-flow-reader'), { dereference: true });
  for (const name of ['node', 'swarmwall', 'swarmwall-runc', 'swarmwall-flow-reader'])
    chmodSync(join(target, 'usr/local/bin', name), 0o755);
}

function findProgram(tree: string, name: string): string {
  const found = PROGRAM_FOLDERS.map((folder) => join(folder, name)).find((path) => exists(join(tree, path)));
  if (found === undefined) throw new Error(`${name} is not in ${tree}`);
  return found;
}

/** lstat: a link may lead to a path that is there only inside the tree. */
const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** The path, and what it is a link to, to the file itself: `iptables-nft` → `xtables-nft-multi`. */
function chain(tree: string, path: string): readonly string[] {
  if (!lstatSync(join(tree, path)).isSymbolicLink()) return [path];
  const to = readlinkSync(join(tree, path));
  return [path, ...chain(tree, to.startsWith('/') ? to.slice(1) : join(dirname(path), to))];
}

function copy(tree: string, target: string, path: string): void {
  cpSync(join(tree, path), join(target, path), { verbatimSymlinks: true });
}

/** ldd prints `name => /path (0x…)`, the loader as `/path (0x…)`. */
const absolutePaths = (ldd: string): readonly string[] => ldd.match(/\/\S+/g) ?? [];

/** Where the tree has the library that this machine has elsewhere. */
function inTree(tree: string, library: string): string {
  const name = library.slice(library.lastIndexOf('/') + 1);
  const folders = ['usr/lib64', ...readdirSync(join(tree, 'usr/lib')).map((name) => join('usr/lib', name))];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(join(tree, path)));
  if (found === undefined) throw new Error(`Node needs ${library}, and ${tree} has none`);
  return `/${found}`;
}

/** Under the name that the loader looks for, whatever file that is a link to. */
function copyLibrary(tree: string, target: string, path: string): void {
  const real = /^\/(usr\/)?/.exec(path)?.[1] === undefined ? `/usr${path}` : path;
  const [last = real] = chain(tree, real.slice(1)).slice(-1);
  mkdirSync(dirname(join(target, real)), { recursive: true });
  cpSync(join(tree, last), join(target, real));
}

function copyModules(tree: string, target: string): void {
  const [modules] = readdirSync(join(tree, 'usr/lib'))
    .map((name) => join('usr/lib', name, 'xtables'))
    .filter((path) => existsSync(join(tree, path)));
  if (modules === undefined) throw new Error(`${tree} has no modules of iptables`);
  mkdirSync(join(target, modules), { recursive: true });
  for (const name of readdirSync(join(tree, modules)))
    if (XTABLES_MODULE.test(name)) copy(tree, target, join(modules, name));
}
