import type { Config } from '../config.ts';
import type { Log } from '../log.ts';

export { startAgent } from './agent.ts';
export { uninstall, type UninstallOptions, type UninstallResult } from './uninstall.ts';

export interface Running {
  /** Ends it; the kernel keeps its rules. */
  stop(): Promise<void>;
  /** Settles when it has ended, by `stop` or by `POST /v1/stop`. */
  readonly ended: Promise<void>;
}

export interface AgentOptions {
  readonly config?: Partial<Config>;
  readonly log?: Log;
}
