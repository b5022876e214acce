import { Command, Option } from 'commander';
import type { AgentOptions, Running } from '../../agent/index.ts';
import { createLog } from '../../log.ts';
import type { LogLevel } from '../../log.ts';
import type { ExitCode } from '../failure.ts';
import { action, examples } from '../session.ts';
import type { Session } from '../session.ts';

interface DaemonOptions {
  readonly logLevel: LogLevel;
}

const VARIABLES = `
Variables:
  SWARMWALL_DOCKER_SOCKET       Docker's socket (/var/run/docker.sock)
  SWARMWALL_EXEC_ROOT           Docker's exec root (/run/docker)
  SWARMWALL_STATE_DIR           what survives a restart (/run/swarmwall)
  SWARMWALL_AUTHZ_DIR           authorization policy and audit log (/var/lib/swarmwall)
  SWARMWALL_SOCKET_DIR          agent.sock and controller.sock (/run/swarmwall)
  SWARMWALL_CONTROLLER_ADDRESS  where the controller listens (0.0.0.0)
  SWARMWALL_CONTROLLER_PORT     its port (7948)
  SWARMWALL_MAP_ADDRESS         where the service map is served, or off (127.0.0.1)
  SWARMWALL_MAP_PORT            its port (7960)
  SWARMWALL_MAP_TOKEN_FILE      holds the token that opens it (a new one at each start)
  SWARMWALL_LOG_LEVEL           without --log-level (info)
  SWARMWALL_CERTIFICATES        Swarm's certificates (swarm/certificates under Docker's data root)`;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** A managed plugin's settings are variables. */
const levelIn = (env: Session['io']['env']): LogLevel =>
  LEVELS.find((level) => level === env['SWARMWALL_LOG_LEVEL']) ?? 'info';

function daemon<Options extends DaemonOptions>(
  session: Session,
  name: string,
  start: (options: AgentOptions, given: Options) => Promise<Running>,
): Command {
  return new Command(name)
    .addOption(
      new Option('--log-level <level>', 'JSON lines on stderr')
        .choices(LEVELS)
        .default(levelIn(session.io.env)),
    )
    .addHelpText('after', VARIABLES)
    .action(
      action(session, (given: Options) =>
        runUntilEnd(session, given.logLevel, (options) => start(options, given)),
      ),
    );
}

/** Ends at SIGTERM, or when it is told to by its own socket. The kernel keeps the rules. */
async function runUntilEnd(
  session: Session,
  logLevel: LogLevel,
  start: (options: AgentOptions) => Promise<Running>,
): Promise<ExitCode> {
  const running = await start({ config: session.config, log: createLog(logLevel) });
  await Promise.race([running.ended, session.world.askedToEnd()]);
  await running.stop();
  return 0;
}

export function agentCommand(session: Session): Command {
  return daemon(session, 'agent', (options) => session.world.startAgent(options))
    .summary('enforce on this node (every node, as root)')
    .description(
      "Writes the rules of this node's overlay namespaces and of DOCKER-USER, and keeps them.\n" +
        'When it ends the kernel keeps its rules; `swarmwall uninstall` removes them.',
    )
    .addHelpText('after', examples(session, [['agent', 'in the foreground; see examples/systemd/']]));
}

export function controllerCommand(session: Session): Command {
  return daemon(session, 'controller', (options) => session.world.startController(options))
    .summary('tell the agents what to enforce (managers, as root)')
    .description(
      "Reads the policies from the services' labels and gives each agent its part, over mutual TLS with the\n" +
        "Swarm's own certificates, port 7948/tcp.",
    )
    .addHelpText('after', examples(session, [['controller', 'in the foreground; see examples/systemd/']]));
}

interface AuthzGiven extends DaemonOptions {
  readonly socket: string;
}

export function authzCommand(session: Session): Command {
  return daemon<AuthzGiven>(session, 'authz', (options, { socket }) =>
    session.world.startAuthz({ ...options, socket }),
  )
    .summary('judge the calls of this engine (every node, as root)')
    .description(
      'Answers the engine, which asks before each call of its API: a call is decoded as the engine will decode it, and\n' +
        'judged by roles and admission policies. The engine asks once its daemon.json says "authorization-plugins".\n' +
        'Should this end, the engine lets nothing pass until it is back.',
    )
    .option(
      '--socket <path>',
      "where the engine looks for it; the file's name is the plugin's",
      session.config.pluginSocket,
    )
    .addHelpText(
      'after',
      examples(session, [
        ['authz', 'then "authorization-plugins": ["swarmwall"] in daemon.json, and SIGHUP'],
      ]),
    );
}

export function pluginCommand(session: Session): Command {
  return daemon(session, 'plugin', (options) => session.world.startPlugin(options))
    .summary("the managed plugin's first process (Docker starts it)")
    .description(
      "Answers Docker's authorization requests, and keeps the agent and, on managers, the controller running.\n" +
        'Docker starts it inside the plugin; elsewhere, start the agent and the controller by themselves.',
    )
    .addHelpText('after', examples(session, [['plugin', 'see docs/plugin.md']]));
}
