import { createHash } from 'node:crypto';
import type { RawConfig } from '../docker/engine-data.ts';
import type { StagedChange, StagedSubject } from './staged-change.ts';
import { readStagedText } from './staged-text.ts';

/** Of every config that holds a staged change. */
export const STAGED_PREFIX = 'swarmwall-staged.';
/** On it, so that a person finds it; nothing rests on it. */
export const STAGED_LABEL = 'swarmwall.staged';

const MOST = 32;

export interface StagedVersion {
  /** Docker's id: the same change has the same. */
  readonly id: string;
  readonly config: string;
  readonly version: number;
  /** Docker's CreatedAt, in milliseconds since 1970; 0 when it cannot be read. */
  readonly at: number;
  readonly change: StagedChange;
}

export interface StagedChanges {
  /** The newest of each subject, in the order of their names. */
  readonly versions: readonly StagedVersion[];
  /** Configs that are none, or that a newer one has replaced, and why. */
  readonly problems: readonly { readonly config: string; readonly id: string; readonly why: string }[];
}

export const NOTHING_STAGED: StagedChanges = { versions: [], problems: [] };

export function stagedName(subject: StagedSubject, version: number): string {
  return `${stemOf(subject)}.v${String(version)}`;
}

/** Docker takes 64 characters: long or unusual names end in a hash of the whole. */
function stemOf(subject: StagedSubject): string {
  if (subject.kind === 'cluster') return `${STAGED_PREFIX}cluster`;
  const plain = subject.stack.toLowerCase().replace(/[^a-z0-9_-]/gu, '_');
  if (plain === subject.stack && plain.length <= 28) return `${STAGED_PREFIX}stack.${plain}`;
  const hash = createHash('sha256').update(subject.stack).digest('hex').slice(0, 12);
  return `${STAGED_PREFIX}stack.${plain.slice(0, 15)}.${hash}`;
}

/** The versions that are there of one subject, whatever is in them. */
export function versionsOf(
  configs: readonly RawConfig[],
  subject: StagedSubject,
): readonly [RawConfig, number][] {
  const stem = `${stemOf(subject)}.v`;
  return configs.flatMap((raw): [RawConfig, number][] => {
    const name = raw.Spec?.Name ?? '';
    const version = name.startsWith(stem) ? name.slice(stem.length) : '';
    return /^[1-9]\d{0,6}$/u.test(version) ? [[raw, Number(version)]] : [];
  });
}

export function isStagedConfig({ Spec }: RawConfig): boolean {
  return Spec?.Name?.startsWith(STAGED_PREFIX) === true;
}

/** Contents by Docker's id, whose data never changes. */
export type StagedCache = Map<string, StagedChange | string>;

/** Of all configs those that stage something; the newest of a subject counts, or none of it where that cannot be read. */
export function readStaged(configs: readonly RawConfig[], cache: StagedCache = new Map()): StagedChanges {
  const problems: { config: string; id: string; why: string }[] = [];
  const newest = new Map<string, { readonly version: number; readonly raw: RawConfig }>();
  for (const raw of configs.filter(isStagedConfig)) {
    const config = raw.Spec?.Name ?? raw.ID;
    const [, stem, version] = /^(.+)\.v([1-9]\d{0,6})$/u.exec(config) ?? [];
    const old = stem === undefined ? undefined : newest.get(stem);
    if (stem === undefined) problems.push({ config, id: raw.ID, why: 'Swarmwall would not call it that' });
    else if (old === undefined || old.version < Number(version))
      newest.set(stem, { version: Number(version), raw });
  }
  const versions: StagedVersion[] = [];
  for (const [stem, { raw, version }] of [...newest].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const config = raw.Spec?.Name ?? raw.ID;
    const read = contentOf(raw, cache);
    if (typeof read === 'string') problems.push({ config, id: raw.ID, why: read });
    else if (stagedName(read, version) !== config)
      problems.push({ config, id: raw.ID, why: `it is about something else than its name, ${stem}, says` });
    else if (versions.length >= MOST)
      problems.push({ config, id: raw.ID, why: `more than ${String(MOST)} changes are staged` });
    else
      versions.push({ id: raw.ID, config, version, at: Date.parse(raw.CreatedAt ?? '') || 0, change: read });
  }
  return { versions, problems };
}

function contentOf(raw: RawConfig, cache: StagedCache): StagedChange | string {
  const known = cache.get(raw.ID);
  if (known !== undefined) return known;
  const read = readStagedText(Buffer.from(raw.Spec?.Data ?? '', 'base64').toString('utf8'));
  cache.set(raw.ID, read);
  return read;
}
