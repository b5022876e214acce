import { Command } from 'commander';
import { anomaliesCommand } from './commands/anomalies.ts';
import { authCommand } from './commands/auth.ts';
import { canCommand } from './commands/can.ts';
import { compileCommand } from './commands/compile.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { agentCommand, authzCommand, controllerCommand, pluginCommand } from './commands/daemon.ts';
import { connectivityCommand } from './commands/connectivity.ts';
import { deniedCommand } from './commands/denied.ts';
import { deployCommand } from './commands/deploy.ts';
import { diffCommand } from './commands/diff.ts';
import { explainCommand } from './commands/explain.ts';
import { k8sCommand } from './commands/k8s.ts';
import { lintCommand } from './commands/lint.ts';
import { modeCommand } from './commands/mode.ts';
import { mapCommand } from './commands/map.ts';
import { nodeCommand } from './commands/node.ts';
import { observeCommand } from './commands/observe.ts';
import { planCommand } from './commands/plan.ts';
import { policyCommand } from './commands/policy.ts';
import { reportCommand } from './commands/report.ts';
import { statusCommand } from './commands/status.ts';
import { suggestCommand } from './commands/suggest.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { versionCommand } from './commands/version.ts';
import { createNameSource } from './completion/name-source.ts';
import type { Session } from './session.ts';
import { examples } from './session.ts';
import { styleFor, wantsColour } from './style.ts';

/** The words that lead to it, less the program's own name. */
function wordsOf(command: Command): readonly string[] {
  return command.parent ? [...wordsOf(command.parent), command.name()] : [];
}

function quieten(command: Command, session: Session): void {
  const { io } = session;
  for (const inner of command.commands) quieten(inner, session);
  // Written in lines of the source's width; commander breaks them for the terminal's.
  command.description(command.description().replace(/(\S)\n(?=\S)/gu, '$1 '));
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(
      `hint:  ${[session.name, ...wordsOf(command)].join(' ')} --help shows how it is used.`,
    )
    .configureHelp({ styleTitle: (title) => styleFor(io, io.stdout).bold(title) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => wantsColour(io.env, io.stdout),
      getErrHasColors: () => wantsColour(io.env, io.stderr),
      outputError: (text, write) => {
        const style = styleFor(io, io.stderr);
        write(text.replace(/^error:/u, style.red(style.bold('error:'))));
      },
    });
}

export function createProgram(session: Session): Command {
  const program = new Command(session.name)
    .description('NetworkPolicy for Docker Swarm and Compose.')
    .version(session.config.version, '-V, --version', 'print the version')
    // Else `policy show --version 2` would mean that one.
    .enablePositionalOptions()
    .helpCommand('help [command]', 'how a command is used')
    .addHelpText(
      'after',
      examples(session, [
        ['lint compose.yaml', 'find every mistake, with its line'],
        ['plan -c compose.yaml', 'see who could talk to whom'],
        ['can -c compose.yaml web db:5432', 'ask, and learn which line decides'],
        ['deploy -c compose.yaml shop', 'enforce it'],
        ['observe --follow', 'see who talks to whom, and why not'],
        ['denied --since 15m', 'what was dropped'],
      ]),
    );
  const shown = [
    lintCommand(session),
    planCommand(session),
    canCommand(session),
    explainCommand(session),
    connectivityCommand(session),
    diffCommand(session),
    compileCommand(session),
    k8sCommand(session),
    deployCommand(session),
    suggestCommand(session),
    policyCommand(session),
    modeCommand(session),
    authCommand(session),
    statusCommand(session),
    observeCommand(session),
    deniedCommand(session),
    anomaliesCommand(session),
    mapCommand(session),
    reportCommand(session),
    agentCommand(session),
    controllerCommand(session),
    authzCommand(session),
    pluginCommand(session),
    nodeCommand(session),
    uninstallCommand(session),
    completionCommand(session),
    versionCommand(session),
  ];
  for (const command of shown) program.addCommand(command);
  program.addCommand(completeCommand(session, createNameSource(session)), { hidden: true });
  quieten(program, session);
  return program;
}
