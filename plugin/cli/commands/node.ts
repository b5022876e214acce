import { Command } from 'commander';
import type { Session } from '../session.ts';
import { examples } from '../session.ts';
import { nodeInstallCommand, nodeUninstallCommand } from './node-set-up.ts';
import { nodeDoctorCommand } from './node-doctor.ts';

export function nodeCommand(session: Session): Command {
  return new Command('node')
    .summary('set this node up with the managed plugin, check it, undo it')
    .description(
      'What the managed plugin needs on this node, as root: the plugin itself, and daemon.json, which has the engine ask\n' +
        'it before each call. Nothing restarts: the engine reads its settings again.',
    )
    .addHelpText(
      'after',
      examples(session, [
        ['node install --dry-run registry.example.com/swarmwall:1', 'see what it would change'],
        ['node install registry.example.com/swarmwall:1', 'on each node'],
        ['node doctor', 'what weakens enforcement here'],
        ['node uninstall', 'as it was before'],
      ]),
    )
    .addCommand(nodeInstallCommand(session))
    .addCommand(nodeDoctorCommand(session))
    .addCommand(nodeUninstallCommand(session));
}
