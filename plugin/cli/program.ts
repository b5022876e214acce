import { Command } from 'commander';
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

type LoadCommand = () => Promise<(session: Session) => Command>;

/** In the order of the help. */
const COMMANDS: Readonly<Record<string, LoadCommand>> = {
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  can: async () => (await import('./commands/can.ts')).canCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  connectivity: async () => (await import('./commands/connectivity.ts')).connectivityCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  compile: async () => (await import('./commands/compile.ts')).compileCommand,
  k8s: async () => (await import('./commands/k8s.ts')).k8sCommand,
  deploy: async () => (await import('./commands/deploy.ts')).deployCommand,
  suggest: async () => (await import('./commands/suggest.ts')).suggestCommand,
  policy: async () => (await import('./commands/policy.ts')).policyCommand,
  mode: async () => (await import('./commands/mode.ts')).modeCommand,
  auth: async () => (await import('./commands/auth.ts')).authCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  observe: async () => (await import('./commands/observe.ts')).observeCommand,
  denied: async () => (await import('./commands/denied.ts')).deniedCommand,
  anomalies: async () => (await import('./commands/anomalies.ts')).anomaliesCommand,
  map: async () => (await import('./commands/map.ts')).mapCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  agent: async () => (await import('./commands/daemon.ts')).agentCommand,
  controller: async () => (await import('./commands/daemon.ts')).controllerCommand,
  authz: async () => (await import('./commands/daemon.ts')).authzCommand,
  plugin: async () => (await import('./commands/daemon.ts')).pluginCommand,
  node: async () => (await import('./commands/node.ts')).nodeCommand,
  uninstall: async () => (await import('./commands/uninstall.ts')).uninstallCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
};

/** What the completion scripts call: it looks at all the others. */
async function addCompletion(program: Command, session: Session): Promise<void> {
  const [{ completeCommand }, { createNameSource }] = await Promise.all([
    import('./commands/completion.ts'),
    import('./completion/name-source.ts'),
  ]);
  program.addCommand(completeCommand(session, createNameSource(session)), { hidden: true });
}

/** With the command that `first` names alone, if it names one: what the others need takes long to load. */
export async function createProgram(session: Session, first?: string): Promise<Command> {
  const asked = first !== undefined && Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
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
  for (const load of asked ? [asked] : Object.values(COMMANDS)) program.addCommand((await load())(session));
  if (!asked) await addCompletion(program, session);
  quieten(program, session);
  return program;
}
