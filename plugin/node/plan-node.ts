import {
  addGuardRuntime,
  defaultRuntime,
  GUARD_RUNTIME,
  nameEnginesOwn,
  removeGuardRuntime,
} from './daemon-runtime.ts';
import { addAuthorizationPlugin, listedPlugins, removeAuthorizationPlugin } from './daemon-settings.ts';
import type { Edited } from './daemon-settings.ts';
import { PLUGIN_NAME } from './node-step.ts';
import type { NodeFacts, NodeRecord, NodeStep } from './node-step.ts';

export type NodePlan = { readonly steps: readonly NodeStep[] } | { readonly problem: string };

const DEFAULT_DATA_ROOT = '/var/lib/docker';

export interface InstallOptions {
  readonly reference?: string | undefined;
  /** False: tasks start before their rules are in place. */
  readonly guard: boolean;
}

/**
 * In this order, as an engine that is told of a plugin that is not there ends, and one that finds it disabled does not
 * start: the plugin runs before daemon.json names it. So does the guard runtime: an engine that doesn't find it starts nothing.
 */
export function planInstall(facts: NodeFacts, { reference, guard }: InstallOptions): NodePlan {
  if (facts.flag)
    return {
      problem: 'dockerd has --authorization-plugin on its command line: move that to daemon.json first',
    };
  if (guard && facts.guard.flag)
    return {
      problem:
        'dockerd has --default-runtime or --add-runtime on its command line: move that to daemon.json first, or say --no-guard',
    };
  const edited = edit(facts, (text) => {
    const named = addAuthorizationPlugin(text, PLUGIN_NAME);
    return guard && 'text' in named ? addGuardRuntime(named.text, facts.guard.path) : named;
  });
  if ('problem' in edited) return edited;
  const steps: NodeStep[] = [];
  if (facts.plugin === 'absent') {
    if (reference === undefined)
      return { problem: `the plugin is not on this node: say where it is, as REGISTRY/${PLUGIN_NAME}:TAG` };
    const moved = facts.dataRoot !== DEFAULT_DATA_ROOT;
    const settings = moved ? [`swarm.source=${facts.dataRoot}/swarm`] : [];
    steps.push({ kind: 'install-plugin', reference, settings });
  } else if (facts.plugin === 'disabled') steps.push({ kind: 'enable-plugin' });
  if (guard && facts.guard.files !== 'current') steps.push({ kind: 'guard-files', path: facts.guard.path });
  const after = Buffer.from(edited.text);
  const changes = facts.settings === undefined || !after.equals(facts.settings);
  if (steps.length > 0 || changes) steps.unshift({ kind: 'remember', record: recordOf(facts, after) });
  if (changes) steps.push({ kind: 'settings', path: facts.path, bytes: after });
  const held = !guard || facts.guard.runtime === GUARD_RUNTIME;
  if (changes || !facts.asked || !held)
    steps.push({ kind: 'reload', asked: true, ...(guard ? { runtime: GUARD_RUNTIME } : {}) });
  return { steps };
}

/** One of an earlier install stays, with what the file holds now if nobody else has changed it since. */
function recordOf({ path, settings, plugin, record }: NodeFacts, after: Buffer): NodeRecord {
  if (record !== undefined) {
    const own = record.path === path && settings?.toString('base64') === record.after;
    return own ? { ...record, after: after.toString('base64') } : record;
  }
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
  const found = facts.record?.plugin ?? 'absent';
  const asked = isListed(bytes) !== false;
  const text = bytes?.toString('utf8');
  const guarded = facts.guard.runtime === GUARD_RUNTIME && defaultRuntime(text) !== GUARD_RUNTIME;
  // Until its file names another the engine keeps the runtime that it has: it is told once, then the file is as it was.
  const told = guarded ? nameEnginesOwn(text) : undefined;
  const interim =
    told !== undefined && 'text' in told && told.text !== text ? Buffer.from(told.text) : undefined;
  if (interim !== undefined || !same)
    steps.push({ kind: 'settings', path: facts.path, bytes: interim ?? bytes });
  if (guarded || ((!same || facts.asked) && !asked))
    steps.push({
      kind: 'reload',
      asked,
      ...(guarded ? { runtime: defaultRuntime((interim ?? bytes)?.toString('utf8')) ?? 'runc' } : {}),
    });
  if (interim !== undefined) steps.push({ kind: 'settings', path: facts.path, bytes });
  if (facts.plugin === 'enabled' && found !== 'enabled') {
    steps.push({ kind: 'release' });
    if (found === 'disabled') steps.push({ kind: 'disable-plugin' });
  }
  if (facts.plugin !== 'absent' && found === 'absent') steps.push({ kind: 'remove-plugin' });
  if (facts.guard.files !== 'absent') steps.push({ kind: 'remove-guard-files', path: facts.guard.path });
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
  const edited = edit(facts, (text) => {
    const removed = removeAuthorizationPlugin(text ?? '', PLUGIN_NAME);
    return 'text' in removed ? removeGuardRuntime(removed.text) : removed;
  });
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
