import { hostname, userInfo } from 'node:os';
import type { AgentOptions, Running, UninstallResult } from '../agent/index.ts';
import type { Surroundings } from '../../rules/authz/surroundings.ts';
import type { AuthzOptions, AuthzRunning } from '../authz/index.ts';
import type { Config } from '../config.ts';
import { dockerEndpoint } from '../deploy/docker-endpoint.ts';
import type { Swarm } from '../deploy/swarm.ts';
import { authorOf } from '../policy-store/author.ts';
import { silentLog } from '../log.ts';
import { systemClock } from '../process/clock.ts';
import type { Clock } from '../process/clock.ts';
import type { NodeHost } from '../node/node-host.ts';
import { runProcess } from '../process/run.ts';
import { spareMemory } from '../process/spare-memory.ts';
import type { Run } from '../process/run.ts';
import { createApiClient, createLineReader } from './api-client.ts';
import type { GetApi, ReadLines } from './api-client.ts';
import type { CliIo } from './io.ts';

/** What commands reach outside the files: tests give a fake of each. */
export interface World {
  readonly clock: Clock;
  readonly getApi: GetApi;
  readonly readLines: ReadLines;
  readonly run: Run;
  connectSwarm(): Promise<Swarm>;
  /** What authorization looks up at the engine on this node. */
  surroundings(): Promise<Surroundings>;
  /** Who runs this, for the history of policies. */
  author(): string;
  startAgent(options: AgentOptions): Promise<Running>;
  startController(options: AgentOptions): Promise<Running>;
  startAuthz(options: AuthzOptions): Promise<AuthzRunning>;
  startPlugin(options: AgentOptions): Promise<Running>;
  uninstall(): Promise<UninstallResult>;
  nodeHost(): Promise<NodeHost>;
  /** Settles at SIGINT or SIGTERM, or when the process that started this one, and would tell it so, is gone. */
  askedToEnd(): Promise<void>;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (process.connected) process.once('disconnect', resolve);
  });
}

/** A container may run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${String(process.getuid?.() ?? '?')}`;
  }
}

/** Waiting is all that a command may be doing: its timers hold the process, those of the daemons do not. */
const commandClock: Clock = {
  ...systemClock,
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** What takes long to load, and most commands do without, is loaded when it is asked for. */
export function createWorld(env: CliIo['env'], config: Config): World {
  return {
    clock: commandClock,
    getApi: createApiClient(config),
    readLines: createLineReader(config),
    run: runProcess,
    connectSwarm: async () => {
      const { connectSwarm } = await import('../deploy/dockerode-swarm.ts');
      return connectSwarm(dockerEndpoint(env, config.dockerSocket));
    },
    surroundings: async () => {
      const { createSurroundings } = await import('../authz/surroundings.ts');
      const endpoint = dockerEndpoint(env, config.dockerSocket);
      const dockerSocket = endpoint.kind === 'socket' ? endpoint.path : config.dockerSocket;
      return createSurroundings({ dockerSocket, secret: config.ownCallSecret ?? '' })();
    },
    author: () =>
      authorOf(env, { user: userName(), host: hostname() }, dockerEndpoint(env, config.dockerSocket)),
    startAgent: async (options) => {
      spareMemory();
      return (await import('../agent/index.ts')).startAgent(options);
    },
    startController: async (options) => (await import('../controller/index.ts')).startController(options),
    startAuthz: async (options) => (await import('../authz/index.ts')).startAuthz(options),
    startPlugin: async (options) => {
      const [{ startPlugin, supervisorWorld }, { startAuthz }] = await Promise.all([
        import('../supervisor/index.ts'),
        import('../authz/index.ts'),
      ]);
      return startPlugin(options, supervisorWorld(startAuthz));
    },
    uninstall: async () =>
      (await (await import('./release-plugin.ts')).releasePlugin(config)) ??
      (await import('../agent/index.ts')).uninstall({ config, log: silentLog() }),
    nodeHost: async () => (await import('../node/node-host.ts')).nodeHost(config, runProcess),
    askedToEnd: signalled,
  };
}
