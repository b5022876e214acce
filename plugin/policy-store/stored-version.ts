import { loadPolicies, type PolicyDocument } from '../../compose-ext/index.ts';
import type { RawConfig } from '../docker/engine-data.ts';
import { configName, versionOf } from './config-name.ts';
import { CHANGES, LABELS, parseBatch, type Batch, type VersionChange } from './labels.ts';

/** One version of a policy or group, good or not. */
export interface StoredVersion {
  /** Docker's id. */
  readonly id: string;
  readonly config: string;
  readonly name: string;
  readonly version: number;
  /** Read when it is first asked for. */
  readonly content: VersionContent;
  /** As labels tell: undefined when they do not. */
  readonly change?: VersionChange;
  readonly from?: number;
  readonly by?: string;
  readonly batch?: Batch;
  /** Nodes keep it: see LABELS.confirmed. */
  readonly confirmed: boolean;
  /** Docker's CreatedAt, in milliseconds since 1970; 0 when it cannot be read. */
  readonly at: number;
  /** Its labels say otherwise than its name and data: somebody changed them. */
  readonly altered: boolean;
}

export type VersionContent =
  | { readonly kind: 'document'; readonly document: PolicyDocument }
  | { readonly kind: 'removed' }
  /** It cannot be in force; why not. */
  | { readonly kind: 'broken'; readonly why: string };

/** A config that looks like one of ours and is none. */
export interface StrangeConfig {
  readonly config: string;
  readonly why: string;
}

export function removedText(name: string): string {
  return `kind: Removed\nname: ${name}\n`;
}

/** Contents by Docker's id, which never changes its data: reading one costs milliseconds. */
export type ContentCache = Map<string, VersionContent>;

/** What a config holds is hostile until checked: anybody who may use Docker's API can make one. */
export function readVersion(raw: RawConfig, cache: ContentCache = new Map()): StoredVersion | StrangeConfig {
  const config = raw.Spec?.Name ?? raw.ID;
  const labels = raw.Spec?.Labels ?? {};
  const version = versionOf(config);
  if (version === undefined)
    return { config, why: `its labels call it a policy, but Swarmwall would not name it "${config}"` };
  const label = labels[LABELS.name];
  const name = label !== undefined && configName(label, version) === config ? label : nameInside(raw, config);
  if (name === undefined || configName(name, version) !== config)
    return { config, why: 'neither its labels nor its data say whose version it is' };
  const change = CHANGES.find((known) => known === labels[LABELS.change]);
  const from = Number(labels[LABELS.from]);
  const by = labels[LABELS.by];
  const batch = parseBatch(labels[LABELS.batch]);
  return {
    ...{ id: raw.ID, config, name, version },
    get content() {
      const content = cache.get(raw.ID) ?? readContent(raw, config, name);
      cache.set(raw.ID, content);
      return content;
    },
    ...(change && { change }),
    ...(Number.isSafeInteger(from) && from > 0 && { from }),
    ...(by && { by: by.slice(0, 300) }),
    ...(batch && { batch }),
    confirmed: Boolean(labels[LABELS.confirmed]),
    at: Date.parse(raw.CreatedAt ?? '') || 0,
    altered: label !== name || labels[LABELS.version] !== String(version),
  };
}

/** Whose label is gone. */
function nameInside(raw: RawConfig, config: string): string | undefined {
  const text = decode(raw.Spec?.Data) ?? '';
  return removedName(text) ?? loadPolicies([{ file: config, text }]).documents[0]?.name;
}

function readContent(raw: RawConfig, config: string, name: string): VersionContent {
  const broken = (why: string): VersionContent => ({ kind: 'broken', why });
  const text = decode(raw.Spec?.Data);
  if (text === undefined) return broken('it is not text');
  const removed = removedName(text);
  if (removed !== undefined)
    return removed === name
      ? { kind: 'removed' }
      : broken(`it is about "${removed}", which its name does not say`);
  // Positions are those of the config: `swarmwall policy show` prints the same lines.
  const { documents, diagnostics } = loadPolicies([{ file: config, text }]);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error) return broken(`${error.line}:${error.column} ${error.message}`);
  const [document, ...more] = documents;
  if (document === undefined) return broken('it is empty');
  if (more.length > 0) return broken('it has more than one document');
  if (document.name !== name) return broken(`it is about "${document.name}", which its name does not say`);
  return { kind: 'document', document };
}

function removedName(text: string): string | undefined {
  return /^kind: Removed\nname: (\S{1,253})\n$/u.exec(text)?.[1];
}

function decode(data: string | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data ?? '', 'base64'));
  } catch {
    return undefined;
  }
}
