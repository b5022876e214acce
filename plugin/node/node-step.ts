/** What the plugin is called on a node: the name that daemon.json has. */
export const PLUGIN_NAME = 'swarmwall';

/** What `node install` found, so that `node uninstall` leaves it so. */
export interface NodeRecord {
  readonly version: 1;
  /** Of daemon.json. */
  readonly path: string;
  /** As it was, base64; null: there was none. */
  readonly before: string | null;
  /** As `node install` left it, base64. */
  readonly after: string;
  readonly plugin: PluginState;
}

/** The guard runtime on this node. */
export interface GuardFacts {
  /** Its program; its settings are beside it. */
  readonly path: string;
  /** current: as the plugin that is here has it. */
  readonly files: 'absent' | 'current' | 'other';
  /** What the engine starts containers with now. */
  readonly runtime: string;
  /** dockerd was started with `--default-runtime` or `--add-runtime`: the engine takes these or the file, not both. */
  readonly flag: boolean;
}

export type PluginState = 'absent' | 'disabled' | 'enabled';

export interface NodeFacts {
  /** Of daemon.json. */
  readonly path: string;
  /** What it holds, as bytes; undefined: there is none. */
  readonly settings: Buffer | undefined;
  readonly record: NodeRecord | undefined;
  readonly plugin: PluginState;
  /** The engine asks the plugin before each call. */
  readonly asked: boolean;
  readonly dataRoot: string;
  /** dockerd was started with `--authorization-plugin`: the engine takes that or the file, not both. */
  readonly flag: boolean;
  readonly guard: GuardFacts;
}

export type NodeStep =
  | { readonly kind: 'install-plugin'; readonly reference: string; readonly settings: readonly string[] }
  | { readonly kind: 'enable-plugin' }
  | { readonly kind: 'remember'; readonly record: NodeRecord }
  /** `text` undefined: the file goes. */
  | { readonly kind: 'settings'; readonly path: string; readonly bytes: Buffer | undefined }
  /** SIGHUP, until the engine asks the plugin, or does not any more; and starts containers with that runtime. */
  | { readonly kind: 'reload'; readonly asked: boolean; readonly runtime?: string }
  | { readonly kind: 'guard-files'; readonly path: string }
  | { readonly kind: 'remove-guard-files'; readonly path: string }
  | { readonly kind: 'release' }
  | { readonly kind: 'disable-plugin' }
  | { readonly kind: 'remove-plugin' }
  | { readonly kind: 'forget' };

/** One line for people. */
export function describeStep(step: NodeStep): string {
  switch (step.kind) {
    case 'install-plugin':
      return `docker plugin install --grant-all-permissions --alias ${PLUGIN_NAME} ${[step.reference, ...step.settings].join(' ')}`;
    case 'enable-plugin':
      return `docker plugin enable ${PLUGIN_NAME}`;
    case 'remember':
      return `keep ${step.record.path} as it was, for uninstall`;
    case 'settings':
      return step.bytes === undefined ? `remove ${step.path}` : `write ${step.path}`;
    case 'reload':
      return `SIGHUP to dockerd: it asks the plugin ${step.asked ? 'before each call' : 'no more'}${step.runtime === undefined ? '' : `, and starts containers with ${step.runtime}`}`;
    case 'guard-files':
      return `copy the guard runtime from the plugin to ${step.path}`;
    case 'remove-guard-files':
      return `remove ${step.path}, or let everything pass it while containers made with it are there`;
    case 'release':
      return "take the plugin's rules out of the kernel";
    case 'disable-plugin':
      return `docker plugin disable --force ${PLUGIN_NAME}`;
    case 'remove-plugin':
      return `docker plugin rm --force ${PLUGIN_NAME}`;
    case 'forget':
      return 'forget what was kept';
  }
}
