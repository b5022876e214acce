import { liveCluster } from '../can/live-cluster.ts';
import { type ClusterOptions } from '../cluster-options.ts';
import { CliFailure } from '../failure.ts';
import { composeFiles, type FileOptions, stackFiles } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { printSkipped } from '../manifests/print-skipped.ts';
import { readSoundManifests } from '../manifests/read-manifests.ts';
import { modelOf, readSoundPolicies } from '../policy/read-policies.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { withProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import {
  clusterOfManifests,
  clusterOfStacks,
  outsideOf,
  type ShownCluster,
  withPlaces,
} from './shown-cluster.ts';

export interface SourceOptions extends FileOptions, ClusterOptions {
  /** true: the arguments are manifests. */
  readonly k8s?: true | readonly string[];
}

/** From manifests, else from Compose files, else live; what was skipped goes to stderr. */
export async function readCluster(
  session: Session,
  files: readonly string[],
  options: SourceOptions,
): Promise<ShownCluster> {
  const { io } = session;
  const bare =
    options.k8s !== undefined
      ? await ofManifests(session, [...(options.k8s === true ? [] : options.k8s), ...files], options)
      : files.length > 0 || composeFiles(options) !== undefined
        ? await ofStacks(session, files, options)
        : await ofLive(session, options);
  printSkipped(io, bare.skipped);
  return withPlaces(bare, outsideOf([bare]), options.external);
}

async function ofManifests({ io }: Session, paths: readonly string[], options: SourceOptions) {
  if (composeFiles(options) ?? options.with ?? options.stack ?? options.envFile ?? options.profile)
    throw new CliFailure(
      'bad-usage',
      '--k8s takes manifests alone, without -c, --with, --stack, --profile or --env-file',
    );
  if (paths.length === 0)
    throw new CliFailure('bad-usage', '--k8s needs a file or a directory', {
      hint: 'For example: --k8s manifests/',
    });
  const read = await withProgress(io, 'reading', () => readSoundManifests(io, paths));
  printWarnings(io, read.diagnostics, read.sources);
  const cluster = clusterOfManifests(read, options);
  if (options.policies === undefined) return cluster;
  return { ...cluster, ...modelOf((await readSoundPolicies(io, options.policies)).documents) };
}

/** -c and its --stack and --with as everywhere, then each argument as a stack of its own. */
async function ofStacks({ io }: Session, files: readonly string[], options: SourceOptions) {
  const own = composeFiles(options);
  if (own === undefined && options.stack !== undefined)
    throw new CliFailure('bad-usage', '--stack needs -c FILE: it names that stack');
  const { envFile = [], profile, policies } = options;
  const shared = { envFile, ...(profile && { profile }), ...(policies && { policies }) };
  const [mine, ...others] = stackFiles(own ?? [], options);
  // Arguments are stacks of their own, each under its own name.
  const bare = files.flatMap((file) => stackFiles(file, shared));
  const wanted = [...(own && mine ? [mine] : []), ...others, ...bare];
  const { model } = await withProgress(io, 'reading', () => loadSoundStacks(io, wanted));
  return clusterOfStacks(model);
}

async function ofLive({ io, world }: Session, options: SourceOptions) {
  if (options.with ?? options.stack ?? options.envFile ?? options.profile ?? options.policies)
    throw new CliFailure(
      'bad-usage',
      '--with, --stack, --profile, --env-file and --policies need a FILE: the live cluster knows its stacks',
    );
  const cluster = await withProgress(io, 'asking the controller', () => liveCluster(world));
  return { ...cluster, skipped: [] };
}
