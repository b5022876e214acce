import { addAuthorizationPlugin, listedPlugins, removeAuthorizationPlugin } from './daemon-settings.ts';
import type { Edited } from './daemon-settings.ts';
import { PLUGIN_NAME } from './node-step.ts';
import type { NodeFacts, NodeRecord, NodeStep } from './node-step.ts';

export type NodePlan = { readonly steps: readonly NodeStep[] } | { readonly problem: string };

const DEFAULT_DATA_ROOT = '/var/lib/docker';

/**
 * In this order, as an engine that is told of a plugin that is not there ends, and one that finds it disabled does not
 * start: the plugin runs before daemon.json names it.
 */
export function planInstall(facts: NodeFacts, reference: string | undefined): NodePlan {
  if (facts.flag)
    return {
      problem: 'dockerd has --authorization-plugin on its command line: move that to daemon.json first',
    };
  const edited = edit(facts, (text) => addAuthorizationPlugin(text, PLUGIN_NAME));
  if ('problem' in edited) return edited;
  const steps: NodeStep[] = [];
  if (facts.plugin === 'absent') {
    if (reference === undefined)
      return { problem: `the plugin is not on this node: say where it is, as REGISTRY/${PLUGIN_NAME}:TAG` };
    const moved = facts.dataRoot !== DEFAULT_DATA_ROOT;
    const settings = moved ? [`swarm.source=${facts.dataRoot}/swarm`] : [];
    steps.push({ kind: 'install-plugin', reference, settings });
  } else if (facts.plugin === 'disabled') steps.push({ kind: 'enable-plugin' });
  const after = Buffer.from(edited.text);
  const changes = facts.settings === undefined || !after.equals(facts.settings);
  if (steps.length > 0 || changes)
    steps.unshift({ kind: 'remember', record: facts.record ?? recordOf(facts, after) });
  if (changes) steps.push({ kind: 'settings', path: facts.path, bytes: after });
  if (changes || !facts.asked) steps.push({ kind: 'reload', asked: true });
  return { steps };
}

function recordOf({ path, settings, plugin }: NodeFacts, after: Buffer): NodeRecord {
  const before = settings?.toString('base64') ?? null;
  return { version: 1, path, before, after: after.toString('base64'), plugin };
}

/**
 * The engine stops asking before the plugin goes. Without a record the plugin goes, too: somebody else had set it up.
 * Whether the engine asks, or would at its next start, is in its file.
 */
export function planUninstall(facts: NodeFacts): NodePlan {
  const settings = settingsBefore(facts);
  if ('problem' in settings) return settings;
  const steps: NodeStep[] = [];
  const { bytes } = settings;
  const same = bytes === undefined ? facts.settings === undefined : facts.settings?.equals(bytes) === true;
  if (!same) steps.push({ kind: 'settings', path: facts.path, bytes });
  const found = facts.record?.plugin ?? 'absent';
  if ((!same || facts.asked) && isListed(bytes) === false) steps.push({ kind: 'reload', asked: false });
  if (facts.plugin === 'enabled' && found !== 'enabled') {
    steps.push({ kind: 'release' });
    if (found === 'disabled') steps.push({ kind: 'disable-plugin' });
  }
  if (facts.plugin !== 'absent' && found === 'absent') steps.push({ kind: 'remove-plugin' });
  if (facts.record !== undefined) steps.push({ kind: 'forget' });
  return { steps };
}

/**
 * As they were; without the plugin where they were changed since, where nobody knows how they were, and where they
 * named a plugin that was not enabled: such an engine does not start.
 */
function settingsBefore(
  facts: NodeFacts,
): { readonly bytes: Buffer | undefined } | { readonly problem: string } {
  const { record, settings } = facts;
  if (settings === undefined) return { bytes: undefined };
  if (record?.path === facts.path && Buffer.from(record.after, 'base64').equals(settings)) {
    const bytes = record.before === null ? undefined : Buffer.from(record.before, 'base64');
    if (record.plugin === 'enabled' || isListed(bytes) === false) return { bytes };
  }
  const edited = edit(facts, (text) => removeAuthorizationPlugin(text ?? '', PLUGIN_NAME));
  return 'problem' in edited ? edited : { bytes: Buffer.from(edited.text) };
}

function edit({ path, settings }: NodeFacts, change: (text: string | undefined) => Edited): Edited {
  const text = settings?.toString('utf8');
  if (settings !== undefined && !Buffer.from(text ?? '').equals(settings))
    return { problem: `${path} is not edited: it is not UTF-8` };
  const edited = change(text);
  return 'problem' in edited ? { problem: `${path} is not edited: ${edited.problem}` } : edited;
}

/** Whether daemon.json names the plugin; undefined where it can't be read. */
export function isListed(settings: Buffer | undefined): boolean | undefined {
  return listedPlugins(settings?.toString('utf8'))?.some(
    (name) => name === PLUGIN_NAME || name === `${PLUGIN_NAME}:latest`,
  );
}
