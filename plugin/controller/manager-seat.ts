import type { Config } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { toSwarmRecord, type SwarmRecord } from '../docker/swarm-mapper.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { watchCertificates } from '../tls/certificate-watch.ts';
import { readCertificates, type NodeCertificates } from '../tls/certificates.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { listenForAgents, type AgentServer } from './agent-server.ts';

export interface ManagerSeatOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly registry: Pick<AgentRegistry, 'accept' | 'closeAll'>;
  /** This node's certificate, at first and when Swarm has renewed it. */
  readonly onCertificates: (certificates: NodeCertificates) => Promise<void>;
  /** {@link ManagerSeat.take} has something to do. */
  readonly onStale: () => void;
}

/** Where this controller sits: on a manager of a Swarm, with a door for agents, or waiting to be on one. */
export interface ManagerSeat {
  /** As Docker told it last. */
  readonly swarm: SwarmRecord | undefined;
  /** Agents are let in. */
  readonly serving: boolean;
  /** Swarm has renewed the certificate, and agents are not served by it yet. */
  readonly stale: boolean;
  /** Undefined while it serves. */
  readonly waitingFor: string | undefined;
  /** When it began to serve: by the clock that nobody sets, and in milliseconds since 1970. */
  readonly since: { readonly elapsed: number; readonly at: number };
  /** Finds out whether this node manages a Swarm, and listens when it does. @throws Fault */
  take(): Promise<void>;
  /** Why it could not be taken. */
  failed(message: string): void;
  leave(reason: string): Promise<void>;
}

export function createManagerSeat(options: ManagerSeatOptions): ManagerSeat {
  const { config, clock, log, engine, registry } = options;
  let swarm: SwarmRecord | undefined;
  let server: AgentServer | undefined;
  let unwatch: () => void = () => undefined;
  let since = { elapsed: 0, at: clock.now() };
  let stale = false;
  let waitingFor: string | undefined = 'Docker';

  async function take(): Promise<void> {
    const found = toSwarmRecord(await engine.info());
    if (!found.manager) {
      await leave(
        found.state === 'active' ? 'a manager: this node is a worker' : `Swarm: it is ${found.state}`,
      );
      swarm = found;
      return;
    }
    if (server !== undefined && swarm?.node !== found.node) await leave('the new Swarm');
    swarm = found;
    if (server !== undefined && !stale) return;
    const folder = config.certificates ?? found.certificates;
    const certificates = await readCertificates(folder);
    stale = false;
    await options.onCertificates(certificates);
    if (server !== undefined) {
      server.renew(certificates);
      log.info({}, "Swarm renewed this node's certificate");
      return;
    }
    server = await listenForAgents({
      host: config.controllerAddress,
      port: config.controllerPort,
      certificates,
      onAgent: registry.accept,
      onRefused: (from, why) => {
        log.warn({ from, why }, 'refused a client');
      },
    });
    since = { elapsed: clock.elapsed(), at: clock.now() };
    waitingFor = undefined;
    unwatch = watchCertificates(folder, clock, () => {
      stale = true;
      options.onStale();
    });
    log.info({ port: server.port, node: found.node }, 'controller serves agents');
  }

  async function leave(reason: string): Promise<void> {
    waitingFor = reason;
    unwatch();
    registry.closeAll();
    await server?.close();
    server = undefined;
  }

  return {
    get swarm() {
      return swarm;
    },
    get serving() {
      return server !== undefined;
    },
    get stale() {
      return stale;
    },
    get waitingFor() {
      return waitingFor;
    },
    get since() {
      return since;
    },
    take,
    failed: (message) => {
      if (server === undefined) waitingFor = message;
    },
    leave,
  };
}
