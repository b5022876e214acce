import { Command } from 'commander';
import { examples } from '../session.ts';
import type { Session } from '../session.ts';
import { exportCommand } from './k8s-export.ts';
import { importCommand } from './k8s-import.ts';
import { validateCommand } from './k8s-validate.ts';

/** Only the parent: each command below it has a file of its own. */
export function k8sCommand(session: Session): Command {
  return new Command('k8s')
    .summary('Kubernetes manifests: check, import and export them')
    .description('Commands for Kubernetes manifests: NetworkPolicies, and the workloads that they select.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(session, [
        ['k8s validate manifests/', 'find every mistake, with its line'],
        ['k8s import manifests/ -o stacks/', 'Compose files of them'],
        ['k8s export -c compose.yaml', 'manifests of a Compose file'],
      ]),
    )
    .addCommand(validateCommand(session))
    .addCommand(importCommand(session))
    .addCommand(exportCommand(session));
}
