import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from '../../../plugin/cli/io.ts';
import { runCli } from '../../../plugin/cli/run-cli.ts';
import type { World } from '../../../plugin/cli/world.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as a terminal shows them. */
  readonly screen: string;
  /** Of stdout. */
  json<T>(): T;
}

export interface RunOptions {
  readonly stdin?: string | Buffer;
  readonly tty?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly world?: Partial<World>;
  readonly name?: string;
}

/** Runs the command line in this process; nothing answers on the sockets unless `world` says so. */
export async function cli(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  let screen = '';
  const shared = { isTTY: options.tty ?? false, ...(options.columns ? { columns: options.columns } : {}) };
  const io: CliIo = {
    stdout: { ...shared, write: (text) => void ((stdout += text), (screen += text)) },
    stderr: { ...shared, write: (text) => void ((stderr += text), (screen += text)) },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    readStdin: () => Promise.resolve(Buffer.from(options.stdin ?? '')),
  };
  const exitCode = await runCli(argv, io, {
    ...(options.name === undefined ? {} : { name: options.name }),
    world: { getApi: () => Promise.resolve(undefined), ...options.world },
  });
  return { exitCode, stdout, stderr, screen, json: <T>() => JSON.parse(stdout) as T };
}

/** A folder with these files, removed after `use`. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Buffer>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmwall-cli-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const SHOP = `name: shop
services:
  web:
    image: nginx:1.29
    ports: ["80:8080"]
    deploy:
      labels:
        swarmwall.ingress: "world:8080"
        swarmwall.egress: "api:3000,3001"
  api:
    image: api:1
    deploy:
      labels:
        swarmwall.ingress: "web:3000-3001 monitoring/prometheus:9090"
        swarmwall.egress: "db:5432 203.0.113.0/24:443"
  db:
    image: pg:1
    deploy: { labels: { swarmwall.ingress: "api:5432", swarmwall.egress: "none" } }
  cron:
    image: cron:1
`;

export const MONITORING = `services:
  prometheus:
    image: prom:1
    deploy: { labels: { swarmwall.ingress: "none" } }
`;

export const BAD = `name: shop
services:
  web:
    image: nginx:1.29
    deploy:
      labels:
        swarmwall.ingress: "apii:80"
        swarmwall.egres: "api:80"
  api:
    image: api:1
`;
