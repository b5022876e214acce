import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabNode } from './node.ts';
import { run } from './process.ts';
import { CACHE_ROOT } from './state.ts';
import { C_TOOLS, cTool } from './c-tool.ts';

/** The stand-in that every service of the examples and tests runs: busybox, socat, `answer` for socat to run, and our tools. */
export const DEMO_IMAGE = 'swarmwall/demo:1';

const ANSWER = join(import.meta.dirname, 'image', 'answer');
const APPLETS = [
  ...[
    'sh',
    'cat',
    'echo',
    'head',
    'hostname',
    'ip',
    'ps',
    'kill',
    'sleep',
    'timeout',
    'nc',
    'ping',
    'arping',
    'ls',
  ],
  ...[
    'nslookup',
    'env',
    'grep',
    'seq',
    'date',
    'wc',
    'tr',
    'cut',
    'awk',
    'sed',
    'true',
    'mkdir',
    'touch',
    'rm',
    'tail',
  ],
];

/** Path of the image's tar, made once per content. */
export async function buildImage(): Promise<string> {
  const [busybox, socat] = ['/usr/bin/busybox', '/usr/bin/socat'].map((path) => realpathSync(path)) as [
    string,
    string,
  ];
  const libraries = await librariesOf(socat);
  const tools = await Promise.all(C_TOOLS.map(async (name) => ({ name, path: await cTool(name) })));
  const hash = createHash('sha256');
  for (const path of [busybox, socat, ANSWER, ...libraries, ...tools.map(({ path }) => path)])
    hash.update(path).update(readFileSync(path));
  hash.update(APPLETS.join());
  const images = join(CACHE_ROOT, 'images');
  const tar = join(images, `demo-${hash.digest('hex').slice(0, 12)}.tar`);
  if (existsSync(tar)) return tar;

  mkdirSync(images, { recursive: true });
  const work = mkdtempSync(join(images, 'making-'));
  const root = join(work, 'root');
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { dereference: true });
    chmodSync(join(root, to), 0o755);
  };
  put(busybox, 'bin/busybox');
  put(socat, 'bin/socat');
  put(ANSWER, 'bin/answer');
  for (const { name, path } of tools) put(path, join('bin', name));
  for (const library of libraries) put(library, library);
  for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet));
  for (const folder of ['tmp', 'etc', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, folder), { recursive: true });
  await run('tar', [
    '-C',
    root,
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    '-cf',
    join(work, 'image.tar'),
    '.',
  ]);
  renameSync(join(work, 'image.tar'), tar);
  rmSync(work, { recursive: true, force: true });
  return tar;
}

export async function loadImage(node: LabNode, tar: string): Promise<void> {
  const changes = ['ENTRYPOINT ["/bin/listen"]', 'CMD ["tcp/8080"]', 'ENV PATH=/bin', 'ENV SERVICE=demo'];
  const args = ['import', ...changes.flatMap((change) => ['--change', change]), '-', DEMO_IMAGE];
  await node.docker(args, { inputFile: tar });
}

/** Absolute paths of what the dynamic linker loads for it, the linker included. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program]);
  return stdout.match(/\/\S+/g) ?? [];
}
