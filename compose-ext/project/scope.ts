import type { Environment } from '../interpolate/interpolate.ts';
import type { MergeContext } from '../merge/merge-trees.ts';
import type { Report } from '../report.ts';
import type { SourceSet } from '../syntax/source-set.ts';
import type { TreeMap } from '../syntax/yaml-tree.ts';

/** All that the files of one stack share while they are read. */
export interface Project {
  readonly sources: SourceSet;
  readonly report: Report;
  readonly merge: MergeContext;
  /** Where the first file is, as its path was given; other paths start there. */
  readonly folder: string;
  /** Texts by the name that positions carry. */
  readonly texts: Map<string, string>;
}

/** Files that are loaded as one Compose model: those of the command line, or those of one `include`. */
export interface Scope {
  readonly environment: Environment | undefined;
  /** False: it has variables of its own, which nobody but this model's files may see. */
  readonly shared: boolean;
  /** Its project directory, seen from the first file's. */
  readonly prefix: string;
  /** The files that led here. */
  readonly trail: readonly string[];
  /** Services of files that `extends` names, by path. */
  readonly bases: Map<string, TreeMap | undefined>;
}

/** More than anybody includes; each costs a parse. */
export const MAX_FILES = 200;
/** Of all files together. */
export const MAX_CHARACTERS = 8 * 1024 * 1024;
/** Files that include each other, services that extend each other. */
export const MAX_CHAIN = 50;
