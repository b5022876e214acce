import { Command, InvalidArgumentError, Option } from 'commander';
import { exportStacks, hasErrors, manifestText } from '../../../compose-ext/index.ts';
import { parseCidr } from '../../../compose-ext/syntax/cidr.ts';
import { BadFiles } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFileOption, stackFiles, stackOption, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface ExportOptions extends FileOptions, JsonOption {
  readonly composeFile: NonNullable<FileOptions['composeFile']>;
  readonly podCidr?: readonly string[];
}

export function exportCommand(session: Session): Command {
  const command = new Command('export')
    .summary('Compose files as manifests')
    .description(
      'Writes a Namespace for each stack, a Deployment (or DaemonSet) for each service, a Service where it publishes, and\n' +
        'NetworkPolicies that let through what the stacks let through. What would not is an error, and nothing is written.',
    )
    .addOption(composeFileOption().makeOptionMandatory())
    .addOption(stackOption())
    .addOption(
      new Option(
        '--pod-cidr <cidr>',
        'addresses of pods, which `world` leaves out; may be repeated',
      ).argParser(readCidr),
    );
  return withJson(withOtherStacks(command))
    .addHelpText(
      'after',
      examples(session, [
        ['k8s export -c compose.yaml > shop.yaml', 'YAML, a document each'],
        ['k8s export -c shop.yaml --with monitoring=monitoring.yaml', 'two stacks'],
        ['k8s export -c compose.yaml --pod-cidr 10.244.0.0/16', 'the world is not the pods'],
        ['k8s export -c compose.yaml --json', 'one List'],
      ]),
    )
    .action(action(session, (options: ExportOptions) => runExport(session, options)));
}

function readCidr(value: string, before: readonly string[] | undefined): readonly string[] {
  const cidr = value.includes('/') ? parseCidr(value) : undefined;
  if (cidr === undefined) throw new InvalidArgumentError('Write a block such as 10.244.0.0/16.');
  if (cidr.prefix === 0) throw new InvalidArgumentError('That is every address there is.');
  return [...(before ?? []), cidr.text];
}

async function runExport({ io }: Session, options: ExportOptions): Promise<ExitCode> {
  const { files, model, sources } = await loadSoundStacks(io, stackFiles(options.composeFile, options));
  const { objects, diagnostics } = exportStacks(files, model, { podCidrs: options.podCidr ?? [] });
  if (hasErrors(diagnostics)) throw new BadFiles(diagnostics, sources);
  printWarnings(io, diagnostics, sources);
  if (options.json)
    printJson(io, { apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) });
  else io.stdout.write(manifestText(objects));
  return 0;
}
