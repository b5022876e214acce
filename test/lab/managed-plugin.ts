import { makePluginFiles } from '../../plugin/packaging/plugin-files.ts';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './node.ts';
import type { LabRegistry } from './registry.ts';

/** What the plugin is called on the nodes. */
export const PLUGIN = 'swarmwall';

/** Where the nodes see what this machine has in `dist`. */
const FILES = '/opt/swarmwall/plugin';

/** From this checkout's build: created on that node, pushed to the registry, and not left there. Returns its reference. */
export async function publishPlugin(
  node: LabNode,
  registry: LabRegistry,
  options: { readonly tag?: string; readonly say?: (text: string) => void } = {},
): Promise<string> {
  const reference = `${registry.host}/${PLUGIN}:${options.tag ?? '1'}`;
  await makePluginFiles(options.say ?? (() => undefined));
  await node.docker(['plugin', 'create', reference, FILES], { timeout: 300_000 });
  await node.docker(['plugin', 'push', reference], { timeout: 300_000 });
  await node.docker(['plugin', 'rm', reference]);
  return reference;
}

export async function installPlugin(node: LabNode, reference: string): Promise<void> {
  const options = ['--grant-all-permissions', '--alias', PLUGIN];
  await node.docker(['plugin', 'install', ...options, reference], { timeout: 300_000 });
}

/** Writes the engine's settings, and has it read them without a restart. */
export async function reloadEngine(
  node: LabNode,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  node.writeFile('/etc/docker/daemon.json', `${JSON.stringify(settings, undefined, 2)}\n`);
  await hangUp(node);
}

/** SIGHUP, until the engine has read its settings. */
export async function hangUp(node: LabNode): Promise<void> {
  const engine = node.engine!;
  const before = reloads(engine.log());
  engine.kill('SIGHUP');
  await eventually(() => reloads(engine.log()) > before);
}

const reloads = (log: string): number => log.split('Reloaded configuration').length;

export const settingsFor = (registry: LabRegistry): Readonly<Record<string, unknown>> => ({
  'insecure-registries': [registry.host],
});

/** On every node: installed from the registry, enforcing, and asked by the engine before each call. */
export async function startManagedPlugin(
  lab: Lab,
  registry: LabRegistry,
  say: (text: string) => void,
): Promise<void> {
  const settings = settingsFor(registry);
  for (const node of lab.nodes) await reloadEngine(node, settings);
  const reference = await publishPlugin(lab.manager, registry, { say });
  for (const node of lab.nodes) {
    say(`${node.name}: docker plugin install --grant-all-permissions --alias ${PLUGIN} ${reference}`);
    await installPlugin(node, reference);
    await reloadEngine(node, { ...settings, 'authorization-plugins': [PLUGIN] });
  }
}
