import { constants } from 'node:fs';
import {
  access,
  chmod,
  chown,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { request } from 'node:http';
import { basename, dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Run } from '../process/run.ts';
import { PLUGIN_NAME } from './node-step.ts';
import type { NodeRecord, PluginState } from './node-step.ts';
import { isListed } from './plan-node.ts';

/** This node's engine and its files; all of it as root. */
export interface NodeHost {
  /** @throws Fault `docker-unavailable` when no dockerd of this node is found. */
  engine(): Promise<NodeEngine>;
  docker(args: readonly string[]): Promise<string>;
  plugin(): Promise<PluginState>;
  /** Whether the engine asks the plugin before each call. */
  asked(): Promise<boolean>;
  readFile(path: string): Promise<Buffer | undefined>;
  /** At once, with the mode and owner that the file has; undefined removes it. */
  writeFile(path: string, bytes: Buffer | undefined, mode?: number): Promise<void>;
  /** Unless something is in it. */
  removeFolder(path: string): Promise<void>;
  /** The first of these folders that has it: its path. */
  findProgram(name: string, folders: readonly string[]): Promise<string | undefined>;
  readRecord(): Promise<NodeRecord | undefined>;
  writeRecord(record: NodeRecord | undefined): Promise<void>;
  hangUp(pid: number): void;
}

export interface NodeEngine {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Of daemon.json. */
  readonly settings: string;
  readonly dataRoot: string;
}

const PID_FILE = '/var/run/docker.pid';
const SETTINGS = '/etc/docker/daemon.json';
const STUCK = `. If it does not start: ${SETTINGS} names ${PLUGIN_NAME}, which must be there and enabled; take it out of authorization-plugins, and start it`;
/** The engine serves it as any `/_ping`; the plugin refuses a parameter that is given twice. */
export const PROBE = '/_ping?swarmwall=1&swarmwall=2';
const INSTALL_WITHIN = 600_000;

export function nodeHost(config: Config, run: Run): NodeHost {
  const record = join(config.authzDir, 'node.json');
  const docker = async (args: readonly string[]): Promise<string> => {
    const host = ['--host', `unix://${config.dockerSocket}`];
    return (await run('docker', [...host, ...args], { timeout: INSTALL_WITHIN })).stdout;
  };
  const host: NodeHost = {
    docker,
    engine: async () => {
      const pid = Number((await host.readFile(PID_FILE))?.toString() ?? '');
      const argv = (await host.readFile(`/proc/${String(pid)}/cmdline`))?.toString().split('\0') ?? [];
      if (!basename(argv[0] ?? '').startsWith('dockerd'))
        throw new Fault(
          'docker-unavailable',
          `${PID_FILE} names no dockerd that runs on this node${isListed(await host.readFile(SETTINGS)) ? STUCK : ''}`,
        );
      const dataRoot = (await docker(['info', '--format', '{{.DockerRootDir}}'])).trim();
      return { pid, argv, settings: flag(argv, '--config-file') ?? SETTINGS, dataRoot };
    },
    plugin: async () => {
      const listed = await docker(['plugin', 'ls', '--format', '{{.Name}} {{.Enabled}}']);
      const found = listed.split('\n').find((line) => line.startsWith(`${PLUGIN_NAME}:latest `));
      if (found === undefined) return 'absent';
      return found.endsWith(' true') ? 'enabled' : 'disabled';
    },
    asked: () => isAsked(config.dockerSocket),
    readFile: async (path) => {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Fault('file-failed', `${path} can't be read: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    writeFile: writeWhole,
    removeFolder: (path) => rmdir(path).catch(() => undefined),
    findProgram: async (name, folders) => {
      for (const path of folders.map((folder) => join(folder, name)))
        if ((await access(path, constants.X_OK).catch(() => 'missing')) === undefined) return path;
      return undefined;
    },
    readRecord: async () => {
      const bytes = await host.readFile(record);
      if (bytes === undefined) return undefined;
      try {
        return JSON.parse(bytes.toString()) as NodeRecord;
      } catch (error) {
        throw new Fault('state-unreadable', `${record} is damaged: remove it to go on without it`, {
          cause: error,
        });
      }
    },
    writeRecord: async (found) => {
      await writeWhole(record, found && Buffer.from(`${JSON.stringify(found, undefined, 2)}\n`));
      if (found === undefined) await host.removeFolder(dirname(record));
    },
    hangUp: (pid) => {
      process.kill(pid, 'SIGHUP');
    },
  };
  return host;
}

/** `--name value` or `--name=value`. */
export function flag(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at < 0) return undefined;
  return argv[at] === name ? argv[at + 1] : argv[at]?.slice(name.length + 1);
}

/** `mode`: of a file that is not there yet. */
async function writeWhole(path: string, bytes: Buffer | undefined, mode = 0o644): Promise<void> {
  try {
    const real = await realpath(path).catch(() => path);
    if (bytes === undefined) {
      await rm(real, { force: true });
      return;
    }
    const old = await stat(real).catch(() => undefined);
    await mkdir(dirname(real), { recursive: true });
    const next = `${real}.swarmwall`;
    await writeFile(next, bytes, { mode: 0o600 });
    await chmod(next, (old?.mode ?? mode) & 0o7777);
    if (old !== undefined) await chown(next, old.uid, old.gid);
    await rename(next, real);
  } catch (error) {
    throw new Fault('file-failed', `${path} can't be written: ${(error as Error).message}`, { cause: error });
  }
}

function isAsked(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      reject(new Fault('docker-unavailable', `Docker does not answer: ${cause.message}`, { cause }));
    };
    const asked = request({ socketPath, path: PROBE, timeout: 15_000, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('error', failed).once('end', () => {
        resolve(answer.statusCode !== 200 && text.includes(`plugin ${PLUGIN_NAME}`));
      });
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer within 15 s')));
    asked.once('error', failed);
    asked.end();
  });
}
