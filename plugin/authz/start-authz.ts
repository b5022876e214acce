import { DEFAULT_CONFIG } from '../config.ts';
import type { Config } from '../config.ts';
import { newOwnCallSecret } from '../docker/own-calls.ts';
import { asFault } from '../fault.ts';
import { createLog } from '../log.ts';
import type { Log } from '../log.ts';
import { systemClock } from '../process/clock.ts';
import { listenOnSocket } from '../process/unix-socket.ts';
import { createJudge } from './judge.ts';
import { openAudit } from './open-audit.ts';
import { createPluginServer } from './plugin-server.ts';
import { createSurroundings } from './surroundings.ts';
import { watchPolicy } from './watch-policy.ts';

export interface AuthzOptions {
  readonly config?: Partial<Config>;
  readonly log?: Log;
  /** Where the engine looks for it: `/run/docker/plugins/<name>.sock`. */
  readonly socket: string;
}

export interface AuthzRunning {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The authorization server. It answers `/Plugin.Activate` at once and needs no Docker API for that. */
export async function startAuthz(options: AuthzOptions): Promise<AuthzRunning> {
  const { log = createLog(), socket } = options;
  const config = { ...DEFAULT_CONFIG, ...options.config };
  const ownCallSecret = config.ownCallSecret ?? newOwnCallSecret();
  const policy = await watchPolicy(config.authzDir, systemClock, log);
  const audit = openAudit(config, systemClock, log);
  const judge = createJudge({
    source: policy,
    clock: systemClock,
    surroundings: createSurroundings({ dockerSocket: config.dockerSocket, secret: ownCallSecret }),
  });
  const server = createPluginServer({ judge, ownCallSecret, audit, log });
  await listenOnSocket(server, socket, 0o755);
  server.on('error', (error) => {
    log.error({ message: asFault(error).message }, 'the authorization server failed');
  });
  log.info({ socket }, 'authorization is served');
  return {
    ended: new Promise((resolve) => {
      server.once('close', resolve);
    }),
    stop: () =>
      new Promise((resolve) => {
        policy.stop();
        server.close(() => {
          void audit.close().then(resolve);
        });
        server.closeAllConnections();
      }),
  };
}
