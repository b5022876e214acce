// Makes a bare checkout ready: `node .ci/prepare.mjs [--quiet] [deps] [build] [plugin] [lab] [monitoring] [browser] [vm]`. Plain Node, as nothing is installed yet.
// Each part does nothing when it is already done, so that every npm script can call it first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parts = process.argv.slice(2);
if (process.env.LAB === 'vm' && parts.includes('lab')) parts.push('vm');
const quiet = parts.includes('--quiet');
const say = (text) => quiet || process.stderr.write(`prepare: ${text}\n`);

function run(file, args, options = {}) {
  const done = spawnSync(file, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.status === 0) return;
  process.stderr.write(
    `prepare: ${file} ${args.join(' ')} failed\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}\n`,
  );
  process.exit(2);
}

/** Runs `make` unless the stamp already says `key`. */
function once(name, key, made, make) {
  const stamp = join(root, 'node_modules', `.swarmwall-${name}`);
  if (existsSync(made) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
}

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return latest;
}

function textsIn(folder, names) {
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

if (parts.includes('deps')) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  once('deps', lock, join(root, 'node_modules', 'tsx'), () => {
    say('installing packages (npm ci)');
    run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  });
}

if (parts.includes('build')) {
  const key = String(
    Math.max(...['compose-ext', 'rules', 'plugin'].map((folder) => newest(join(root, folder)))),
  );
  once('build', key, join(root, 'dist', 'swarmwall.cjs'), () => {
    say('building dist/swarmwall.cjs');
    const page = 'plugin/map/page';
    const pageParts = `dist/map-page.${process.pid}`;
    run('node_modules/esbuild/bin/esbuild', [
      `${page}/page.ts`,
      `${page}/login.ts`,
      `${page}/page.css`,
      '--bundle',
      '--minify',
      '--target=es2022',
      '--format=esm',
      `--outdir=${pageParts}`,
      '--log-level=warning',
    ]);
    const assets = {
      ...textsIn(join(root, page), ['index.html', 'login.html']),
      ...textsIn(join(root, pageParts), ['page.js', 'login.js', 'page.css']),
    };
    rmSync(join(root, pageParts), { recursive: true });
    writeFileSync(join(root, 'dist', 'map-assets.mjs'), `export const ASSETS = ${JSON.stringify(assets)};\n`);
    // Run as a program: its installer puts the native binary in place of the script.
    const made = `dist/swarmwall.${process.pid}.cjs`;
    run('node_modules/esbuild/bin/esbuild', [
      'plugin/main.ts',
      '--bundle',
      '--platform=node',
      '--target=node20',
      '--format=cjs',
      `--outfile=${made}`,
      '--external:cpu-features',
      '--external:*.node',
      '--log-level=warning',
      '--banner:js=#!/usr/bin/env node',
      // Its names stay, for who reads a stack trace.
      '--minify-whitespace',
      '--minify-syntax',
      ...['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'].map(
        (name) => `--alias:${name}=./plugin/packaging/bundle/unused.cjs`,
      ),
      '--alias:ssh2=./plugin/packaging/bundle/ssh2-when-used.cjs',
    ]);
    chmodSync(join(root, made), 0o755);
    // At once: another script may be running the old one.
    renameSync(join(root, made), join(root, 'dist', 'swarmwall.cjs'));
  });
}

const tools = {
  plugin: { debootstrap: 'debootstrap', strip: 'binutils', nsenter: 'util-linux', 'musl-gcc': 'musl-tools' },
  lab: {
    nft: 'nftables',
    iptables: 'iptables',
    ipset: 'ipset',
    ip: 'iproute2',
    dockerd: 'docker.io',
    debootstrap: 'debootstrap',
    strip: 'binutils',
    'docker-registry': 'docker-registry',
    busybox: 'busybox-static',
    socat: 'socat',
    tcpdump: 'tcpdump',
    conntrack: 'conntrack',
    'musl-gcc': 'musl-tools',
    nsenter: 'util-linux',
    'musl-gcc': 'musl-tools',
  },
  browser: { chromium: 'chromium' },
  vm: { 'qemu-system-x86_64': 'qemu-system-x86', 'qemu-img': 'qemu-utils' },
};

if (parts.some((part) => part in tools)) {
  const needed = Object.assign({}, ...parts.map((part) => tools[part] ?? {}));
  const path = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const missing = Object.entries(needed)
    .filter(([tool]) => !path.some((folder) => existsSync(join(folder, tool))))
    .map(([, name]) => name);
  if (missing.length > 0) {
    if (process.getuid?.() !== 0) {
      process.stderr.write(`prepare: missing ${missing.join(', ')}: run as root, or install them\n`);
      process.exit(2);
    }
    say(`installing ${missing.join(', ')} (apt-get)`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-q'], { env });
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
  }
}

// Unpacked and not installed: their packages would start them.
if (parts.includes('monitoring')) {
  const packages = ['prometheus', 'prometheus-alertmanager'];
  const folder = join(root, 'dist', 'monitoring');
  once('monitoring', packages.join(), join(folder, 'usr', 'bin', 'prometheus'), () => {
    say(`unpacking ${packages.join(' and ')} (apt-get download)`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    run('apt-get', ['update', '-q']);
    run('apt-get', ['download', '-q', ...packages], { cwd: folder });
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      run('dpkg-deb', ['-x', file, '.'], { cwd: folder });
      rmSync(join(folder, file));
    }
  });
}

// Where the compiler is there already, a plain build leaves no old programs beside the new bundle.
if (
  parts.includes('plugin') ||
  parts.includes('lab') ||
  (parts.includes('build') && existsSync('/usr/bin/musl-gcc'))
) {
  const version =
    /version: '([^']+)'/.exec(readFileSync(join(root, 'plugin', 'config.ts'), 'utf8'))?.[1] ?? '';
  const programs = { guard: 'swarmwall-runc', 'flow-reader': 'swarmwall-flow-reader' };
  for (const [folder, program] of Object.entries(programs))
    once(folder, `${newest(join(root, folder))} ${version}`, join(root, 'dist', program), () => {
      say(`building dist/${program}`);
      const made = `dist/${program}.${process.pid}`;
      mkdirSync(join(root, 'dist'), { recursive: true });
      run('sh', [`${folder}/build.sh`, made, version]);
      renameSync(join(root, made), join(root, 'dist', program));
    });
}
