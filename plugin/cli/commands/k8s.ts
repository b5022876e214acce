import { Command } from 'commander';
import { examples } from '../session.ts';
import type { Session } from '../session.ts';
import { validateCommand } from './k8s-validate.ts';

/** Only the parent: each command below it has a file of its own. */
export function k8sCommand(session: Session): Command {
  return new Command('k8s')
    .summary('Kubernetes manifests: check them')
    .description('Commands for Kubernetes manifests: NetworkPolicies, and the workloads that they select.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(session, [['k8s validate manifests/', 'find every mistake, with its line']]),
    )
    .addCommand(validateCommand(session));
}
