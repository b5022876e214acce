import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ClusterOptions } from '../cluster-options.ts';
import {
  clusterOfManifests,
  clusterOfStacks,
  outsideOf,
  type ShownCluster,
  withPlaces,
} from '../connectivity/shown-cluster.ts';
import { CliFailure } from '../failure.ts';
import { type FileOptions, stackFiles } from '../file-options.ts';
import type { CliIo } from '../io.ts';
import { type LoadedStacks, loadSoundStacks } from '../load-stacks.ts';
import { printSkipped } from '../manifests/print-skipped.ts';
import { readSoundManifests } from '../manifests/read-manifests.ts';
import { modelOf, readSoundPolicies } from '../policy/read-policies.ts';

export interface SideOptions extends Omit<FileOptions, 'composeFile' | 'file'>, ClusterOptions {
  readonly k8s?: true;
}

/** In the order of Compose. */
const USUAL_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** Both clusters with the same places outside, so that pair is compared with pair. */
export async function readSides(
  io: CliIo,
  [before, after]: readonly [string, string],
  options: SideOptions,
): Promise<readonly [ShownCluster, ShownCluster]> {
  if (before === '-' && after === '-')
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  if (options.k8s && (options.with ?? options.stack ?? options.envFile ?? options.profile))
    throw new CliFailure(
      'bad-usage',
      '--k8s takes manifests alone, without --with, --stack, --profile or --env-file',
    );
  const [first, second] = options.k8s
    ? [await manifestsOf(io, before, options), await manifestsOf(io, after, options)]
    : await stacksOf(io, before, after, options);
  const outside = outsideOf([first, second]);
  return [withPlaces(first, outside, options.external), withPlaces(second, outside, options.external)];
}

async function manifestsOf(io: CliIo, path: string, options: SideOptions) {
  const read = await readSoundManifests(io, [path]);
  printSkipped(io, read.skipped);
  const cluster = clusterOfManifests(read, options);
  if (options.policies === undefined) return cluster;
  return { ...cluster, ...modelOf((await readSoundPolicies(io, options.policies)).documents) };
}

async function stacksOf(io: CliIo, before: string, after: string, options: SideOptions) {
  const files = [await composeFileIn(io, before), await composeFileIn(io, after)] as const;
  const load = (file: string, stack = options.stack): Promise<LoadedStacks> =>
    loadSoundStacks(io, stackFiles(file, { ...options, ...(stack === undefined ? {} : { stack }) }));
  let [first, second] = [await load(files[0]), await load(files[1])];
  const names = [first, second].map((side) => side.files[0]?.stack);
  // Two versions of one stack lie in two folders, which is where an unwritten name comes from.
  if (names[0] !== names[1] && files[0] !== '-' && files[1] !== '-') {
    if (!isNamed(first)) first = await load(files[0], names[1]);
    else if (!isNamed(second)) second = await load(files[1], names[0]);
  }
  return [clusterOfStacks(first.model), clusterOfStacks(second.model)] as const;
}

function isNamed({ files }: LoadedStacks): boolean {
  return files[0]?.nameOrigin !== undefined;
}

async function composeFileIn(io: CliIo, path: string): Promise<string> {
  const absolute = (file: string): string => (isAbsolute(file) ? file : join(io.cwd, file));
  const isThere = async (file: string): Promise<boolean> =>
    (await stat(absolute(file)).catch(() => undefined)) !== undefined;
  const found = path === '-' ? undefined : await stat(absolute(path)).catch(() => undefined);
  if (!found?.isDirectory()) return path;
  for (const name of USUAL_FILES) if (await isThere(join(path, name))) return join(path, name);
  throw new CliFailure('unreadable-file', `${path}: there is no ${USUAL_FILES.join(', ')} in it`, {
    hint: 'Name the file; directories of manifests need --k8s.',
  });
}
