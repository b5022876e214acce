import { Command, Option } from 'commander';
import { hasErrors, importManifests, sortDiagnostics } from '../../../compose-ext/index.ts';
import type { ImportedStack } from '../../../compose-ext/index.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { readSoundManifests } from '../manifests/read-manifests.ts';
import { writeStacks } from '../manifests/write-stacks.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface ImportOptions extends JsonOption {
  readonly output?: string;
  readonly force?: true;
  readonly ipblockWorkloads: 'on' | 'off';
}

export function importCommand(session: Session): Command {
  return withJson(new Command('import'))
    .summary('manifests as Compose files')
    .description(
      'Writes a Compose file for each namespace: its workloads as services, its NetworkPolicies in x-swarmwall. They let\n' +
        'through what the manifests let through. What would not is an error, and nothing is written.',
    )
    .argument('<file...>', 'manifests, or directories of them; `-` is standard input')
    .option(
      '-o, --output <dir>',
      'write NAMESPACE.yaml into this directory, which is made (else standard output)',
    )
    .option('--force', 'with -o: replace files that say something else')
    .addOption(
      new Option('--ipblock-workloads <on|off>', 'whether an ipBlock may mean a pod by its own address')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addHelpText(
      'after',
      examples(session, [
        ['k8s import policy.yaml', 'to look at'],
        ['k8s import manifests/ -o stacks/', 'a file for each namespace'],
        ['k8s import -', 'from a pipe: kubectl get deploy,netpol,ns -A -o yaml | …'],
      ]),
    )
    .action(
      action(session, (paths: readonly string[], options: ImportOptions) =>
        runImport(session, paths, options),
      ),
    );
}

async function runImport(
  { io }: Session,
  paths: readonly string[],
  { output, force, ipblockWorkloads, json }: ImportOptions,
): Promise<ExitCode> {
  const read = await readSoundManifests(io, paths);
  const { stacks, diagnostics: own } = importManifests(read.cluster, {
    ipBlockWorkloads: ipblockWorkloads === 'on',
  });
  const diagnostics = sortDiagnostics([...read.diagnostics, ...own]);
  if (hasErrors(diagnostics)) throw new BadFiles(diagnostics, read.sources, 'manifests');
  if (stacks.length === 0)
    throw new CliFailure('bad-usage', 'no namespace, workload or policy in there: nothing to import');
  const written = output === undefined ? undefined : await writeStacks(io, output, stacks, force === true);
  if (json) {
    const shown = stacks.map((each, index) => ({ ...each, ...(written && { file: written[index] }) }));
    printJson(io, { stacks: shown, diagnostics });
    return 0;
  }
  printWarnings(io, diagnostics, read.sources);
  if (written) for (const file of written) io.stdout.write(`${file}\n`);
  else io.stdout.write(oneText(stacks));
  return 0;
}

/** Several are for reading: a Compose file is one document. */
function oneText(stacks: readonly ImportedStack[]): string {
  return stacks.map(({ text }) => text).join('---\n');
}
