import { Command, Option } from 'commander';
import { withClusterOptions } from '../cluster-options.ts';
import { type ConnectivityFormat, printConnectivity } from '../connectivity/print-connectivity.ts';
import { printProbes } from '../connectivity/print-probes.ts';
import { readCluster, type SourceOptions } from '../connectivity/read-cluster.ts';
import { answersOf, readProbes } from '../connectivity/read-probes.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFiles, stackOption, withComposeFiles, withOtherStacks } from '../file-options.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface ConnectivityOptions extends SourceOptions, JsonOption {
  readonly format?: ConnectivityFormat;
  readonly probes?: string;
}

export function connectivityCommand(session: Session): Command {
  const command = new Command('connectivity')
    .summary('who reaches whom on what, of stacks, manifests or the live cluster')
    .description(
      'Every pair of places that may talk, and the ports: of Compose files, each one a stack, of Kubernetes manifests\n' +
        'with --k8s, else of the live cluster. With --probes it answers exact questions instead.\n' +
        'Exit code 0: answered. 2: mistakes in the files or the probes.',
    )
    .argument('[file...]', 'Compose files; with --k8s manifests')
    .addOption(stackOption())
    .option('--k8s [file...]', 'manifests, or directories of them, instead of Compose files')
    .option(
      '--probes <file>',
      'a JSON array of { src, dst, protocol, port } to answer; `-` is standard input',
    )
    .addOption(
      new Option('--format <format>', 'how to print it').choices([
        'table',
        'json',
        'dot',
        'mermaid',
        'md',
        'csv',
      ]),
    );
  return withJson(withClusterOptions(withOtherStacks(withComposeFiles(command))))
    .addHelpText(
      'after',
      examples(session, [
        ['connectivity -c compose.yaml', 'one stack, as a table'],
        ['connectivity --format mermaid shop.yaml monitoring.yaml', 'two stacks, as a drawing'],
        ['connectivity --k8s manifests/ --json', 'what NetworkPolicies come to'],
        ['connectivity --k8s manifests/ --probes probes.json --json', 'exact questions'],
        ['connectivity', 'the live cluster'],
      ]),
    )
    .action(
      action(session, (files: readonly string[], options: ConnectivityOptions) =>
        connectivity(session, files, options),
      ),
    );
}

async function connectivity(
  session: Session,
  files: readonly string[],
  options: ConnectivityOptions,
): Promise<ExitCode> {
  const { io } = session;
  const format = formatOf(options);
  if (options.probes === undefined) {
    printConnectivity(io, await readCluster(session, files, options), format);
    return 0;
  }
  if (format !== 'table' && format !== 'json')
    throw new CliFailure('bad-usage', `answers to --probes are a table or --json, not ${format}`);
  if (options.probes === '-' && stdinIsTaken(files, options))
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  const probes = await readProbes(io, options.probes);
  const cluster = await readCluster(session, files, options);
  printProbes(io, answersOf(cluster, probes), format === 'json');
  return 0;
}

function formatOf({ format, json }: ConnectivityOptions): ConnectivityFormat {
  if (json && format !== undefined && format !== 'json')
    throw new CliFailure('bad-usage', `--json and --format ${format} cannot stand together`);
  return format ?? (json ? 'json' : 'table');
}

function stdinIsTaken(files: readonly string[], options: ConnectivityOptions): boolean {
  const given = [files, composeFiles(options) ?? [], Array.isArray(options.k8s) ? options.k8s : []].flat();
  return given.includes('-') || (options.with ?? []).some(({ file }) => file === '-');
}
