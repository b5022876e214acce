import { join } from 'node:path';
import { uninstall, type AgentOptions, type Running, type UninstallResult } from '../agent/index.ts';
import { serveLocal } from '../api/local-server.ts';
import type { PluginStatus } from '../api/types.ts';
import { DEFAULT_CONFIG, type Config } from '../config.ts';
import { newOwnCallSecret } from '../docker/own-calls.ts';
import { createLog, type Log } from '../log.ts';
import { startChild, type StartChild } from '../process/child.ts';
import { systemClock, type Clock } from '../process/clock.ts';
import type { NodeRole } from '../tls/certificates.ts';
import { hostLock } from './host-lock.ts';
import { keepRunning, type KeptChild } from './kept-child.ts';
import { followRole } from './node-role.ts';

/** Serves the authorization API on the socket until it is stopped. */
export type StartAuthz = (options: {
  readonly socket: string;
  readonly config: Config;
  readonly log: Log;
}) => Promise<{ stop(): Promise<void> }>;

export interface SupervisorWorld {
  readonly clock: Clock;
  readonly startAuthz: StartAuthz;
  readonly startChild: StartChild;
  readonly uninstall: (config: Config, log: Log) => Promise<UninstallResult>;
  /** This program, as argv. */
  readonly program: readonly [string, ...string[]];
}

export const supervisorWorld = (startAuthz: StartAuthz): SupervisorWorld => ({
  clock: systemClock,
  startAuthz,
  startChild,
  uninstall: (config, log) => uninstall({ config, log, keepAuthz: true }),
  program: [process.execPath, ...process.argv.slice(1, 2)],
});

/**
 * The managed plugin. Its socket is served before all else: Docker starts it before its own API answers, and waits for
 * the handshake. The agent runs on every node, the controller where Swarm's certificate says manager.
 */
export async function startPlugin(options: AgentOptions, world: SupervisorWorld): Promise<Running> {
  // New at each start: what the plugin itself asks of Docker, here and in its children, is not judged.
  const config = { ...DEFAULT_CONFIG, ...options.config, ownCallSecret: newOwnCallSecret() };
  const log = options.log ?? createLog();
  const { clock } = world;
  const authz = await world.startAuthz({ socket: config.pluginSocket, config, log });
  const environment = {
    ...process.env,
    ...(await hostLock()),
    SWARMWALL_OWN_CALL_SECRET: config.ownCallSecret,
  };
  const children = new Map<string, KeptChild>();
  let role: NodeRole | undefined;
  let released = false;
  let ending: Promise<void> | undefined;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });

  function start(name: 'agent' | 'controller'): void {
    const [file, ...args] = world.program;
    const child = (): ReturnType<StartChild> => world.startChild(file, [...args, name], environment);
    if (!children.has(name)) children.set(name, keepRunning({ name, start: child, clock, log }));
  }

  async function stop(name: string): Promise<void> {
    const child = children.get(name);
    children.delete(name);
    await child?.stop();
  }

  const stopAll = async (): Promise<void> => {
    await Promise.all([...children.keys()].map(stop));
  };

  const api = await serveLocal(
    join(config.socketDir, 'plugin.sock'),
    {
      '/v1/status': (): PluginStatus => ({
        role: 'plugin',
        version: config.version,
        ...(role === undefined ? {} : { node: role }),
        released,
        children: [...children.values()].map((child) => child.status()),
      }),
    },
    () => void halt(),
    // What `swarmwall uninstall` asks for: here are the programs that it takes, and the agent that must not come back.
    {
      '/v1/release': async () => {
        released = true;
        const agentStopped = children.has('agent');
        await stopAll();
        return { ...(await world.uninstall(config, log)), agentStopped };
      },
    },
  );
  start('agent');
  const unfollow = followRole(config.certificates ?? DEFAULT_CERTIFICATES, clock, (now) => {
    role = now;
    log.info({ role: now ?? 'none' }, "this node's role in the Swarm");
    if (released || ending !== undefined) return;
    if (now === 'manager') start('controller');
    else void stop('controller');
  });

  /** The kernel keeps its rules. */
  function halt(): Promise<void> {
    ending ??= (async () => {
      unfollow();
      await stopAll();
      await api.close();
      await authz.stop();
      end();
    })();
    return ending;
  }

  return { stop: halt, ended };
}

const DEFAULT_CERTIFICATES = '/var/lib/docker/swarm/certificates';
