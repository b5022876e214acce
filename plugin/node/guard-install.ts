import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { Fault } from '../fault.ts';
import { GUARD_RUNTIME } from './daemon-runtime.ts';
import { flag, type NodeEngine, type NodeHost } from './node-host.ts';
import { PLUGIN_NAME, type GuardFacts } from './node-step.ts';

/** The guard runtime's program and settings on this node, as root. */
export interface GuardInstall {
  facts(engine: NodeEngine): Promise<GuardFacts>;
  /** What the engine starts containers with now. */
  runtime(): Promise<string>;
  /** From the plugin that is here. @throws Fault `file-failed` */
  copy(engine: NodeEngine): Promise<void>;
  /** The files stay, and hold nothing any more, while a container was made with them: its shim calls them to its end. */
  remove(): Promise<void>;
}

export const GUARD_PROGRAM = '/usr/local/lib/swarmwall/swarmwall-runc';
const SETTINGS = `${GUARD_PROGRAM}.conf`;
/** In the plugin's root file system. */
const IN_PLUGIN = 'usr/local/bin/swarmwall-runc';
const EXECUTABLE = 0o755;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What an administrator set by hand stays. */
const KEPT = /^(?:without_agent|wait_ms)=.*$/gmu;

export function guardInstall(config: Config, host: NodeHost): GuardInstall {
  const pluginId = async (): Promise<string | undefined> => {
    if ((await host.plugin()) === 'absent') return undefined;
    return (await host.docker(['plugin', 'inspect', '--format', '{{.Id}}', PLUGIN_NAME])).trim();
  };

  async function wanted(engine: NodeEngine, id: string) {
    const program = await host.readFile(join(engine.dataRoot, 'plugins', id, 'rootfs', IN_PLUGIN));
    const before = (await host.readFile(SETTINGS))?.toString() ?? '';
    const settings = [
      '# By swarmwall node install. without_agent=open, or wait_ms=…, may be added, and stay.',
      `runtime=${await findRunc(host, engine)}`,
      `socket=${join(config.execRoot, 'plugins', id, 'guard.sock')}`,
      `netns=${join(config.execRoot, 'netns')}`,
      ...(before.match(KEPT) ?? []),
    ];
    return { program, settings: Buffer.from(`${settings.join('\n')}\n`) };
  }

  async function filesOf(engine: NodeEngine): Promise<GuardFacts['files']> {
    const program = await host.readFile(GUARD_PROGRAM);
    if (program === undefined) return 'absent';
    const id = await pluginId();
    if (id === undefined) return 'other';
    const here = await wanted(engine, id);
    const settings = await host.readFile(SETTINGS);
    const same = here.program?.equals(program) === true && settings?.equals(here.settings) === true;
    return same ? 'current' : 'other';
  }

  const runtime = async (): Promise<string> =>
    (await host.docker(['info', '--format', '{{.DefaultRuntime}}'])).trim();

  async function isUsed(): Promise<boolean> {
    const all = (await host.docker(['ps', '--all', '--quiet', '--no-trunc'])).split('\n').filter(Boolean);
    if (all.length === 0) return false;
    const runtimes = await host.docker(['inspect', '--format', '{{.HostConfig.Runtime}}', ...all]);
    return runtimes.split('\n').includes(GUARD_RUNTIME);
  }

  return {
    facts: async (engine) => ({
      path: GUARD_PROGRAM,
      files: await filesOf(engine),
      runtime: await runtime(),
      flag: ['--default-runtime', '--add-runtime'].some((name) => flag(engine.argv, name) !== undefined),
    }),
    runtime,
    copy: async (engine) => {
      const { program, settings } = await wanted(engine, (await pluginId()) ?? '');
      if (program === undefined)
        throw new Fault(
          'file-failed',
          `the plugin ${PLUGIN_NAME} has no ${IN_PLUGIN}: it is of an older version`,
        );
      await host.writeFile(SETTINGS, settings);
      await host.writeFile(GUARD_PROGRAM, program, EXECUTABLE);
    },
    remove: async () => {
      if (await isUsed()) {
        const settings = (await host.readFile(SETTINGS))?.toString() ?? '';
        await host.writeFile(SETTINGS, Buffer.from(`${settings.replace(/^hold=.*\n/gmu, '')}hold=off\n`));
        return;
      }
      await host.writeFile(GUARD_PROGRAM, undefined);
      await host.writeFile(SETTINGS, undefined);
      await host.removeFolder(dirname(GUARD_PROGRAM));
    },
  };
}

/** As dockerd finds it. */
async function findRunc(host: NodeHost, { pid }: NodeEngine): Promise<string> {
  const environment = (await host.readFile(`/proc/${String(pid)}/environ`))?.toString().split('\0') ?? [];
  const path = environment.find((each) => each.startsWith('PATH='))?.slice('PATH='.length) ?? PATH;
  const folders = [...path.split(':'), ...PATH.split(':')].filter((folder) => folder.startsWith('/'));
  const found = await host.findProgram('runc', folders);
  if (found === undefined) throw new Fault('file-failed', "there is no runc in dockerd's PATH");
  return found;
}
