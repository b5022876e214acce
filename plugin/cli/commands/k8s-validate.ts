import { Command } from 'commander';
import { hasErrors } from '../../../compose-ext/index.ts';
import type { ExitCode } from '../failure.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { printFound } from '../print-found.ts';
import { withProgress } from '../progress.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

export function validateCommand(session: Session): Command {
  return withJson(new Command('validate'))
    .summary('find every mistake in manifests, with its line')
    .description(
      'Checks NetworkPolicies as strictly as the Kubernetes API does, and of Namespaces, Services and workloads what\n' +
        'decides who may talk to whom. Other kinds are named and skipped. Exit code 0: no errors. 2: errors.',
    )
    .argument('<file...>', 'manifests, or directories of them; `-` is standard input')
    .addHelpText(
      'after',
      examples(session, [
        ['k8s validate policy.yaml', 'one file'],
        ['k8s validate --json manifests/', 'a directory, for CI'],
        ['k8s validate -', 'from a pipe: kubectl get netpol -A -o yaml | …'],
      ]),
    )
    .action(
      action(session, (paths: readonly string[], options: JsonOption) => validate(session, paths, options)),
    );
}

async function validate({ io }: Session, paths: readonly string[], options: JsonOption): Promise<ExitCode> {
  const { diagnostics, sources, files } = await withProgress(io, 'reading', () => readManifests(io, paths));
  printFound(io, { diagnostics, sources, files }, options);
  return hasErrors(diagnostics) ? 2 : 0;
}
