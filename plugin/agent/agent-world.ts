import type { TLSSocket } from 'node:tls';
import type { Config } from '../config.ts';
import { connectEngine } from '../docker/dockerode-engine.ts';
import type { Engine } from '../docker/engine.ts';
import { hostNamespace, namespaceAt, type Namespace } from '../kernel/namespace.ts';
import { systemClock, type Clock } from '../process/clock.ts';
import { converseWithProcess, type Converse } from '../process/converse.ts';
import { followProcess, type Follow } from '../process/follow.ts';
import { runProcess, type Run } from '../process/run.ts';
import { readCertificates } from '../tls/certificates.ts';
import { connectManager } from '../tls/manager-connection.ts';
import { netnsPath, readNetns, watchNetns } from './netns-folder.ts';
import { stateFile, type StateFile } from './state-file.ts';

/** All that the agent reaches outside itself: tests put fakes here. */
export interface AgentWorld {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly run: Run;
  readonly follow: Follow;
  readonly converse: Converse;
  readonly state: StateFile;
  readonly host: Namespace;
  readonly namespace: (file: string) => Namespace;
  readonly netns: () => Promise<readonly string[]>;
  readonly watchNetns: (onChange: () => void) => () => void;
  readonly connect: (host: string, certificates: string) => Promise<TLSSocket>;
}

export function agentWorld(config: Config): AgentWorld {
  const folder = netnsPath(config.execRoot, '');
  return {
    clock: systemClock,
    engine: connectEngine(config.dockerSocket, systemClock, config.ownCallSecret),
    run: runProcess,
    follow: followProcess,
    converse: converseWithProcess,
    state: stateFile(config.stateDir),
    host: hostNamespace(runProcess),
    namespace: (file) => namespaceAt(netnsPath(config.execRoot, file), runProcess),
    netns: () => readNetns(folder),
    watchNetns: (onChange) => watchNetns(folder, systemClock, onChange),
    connect: async (host, certificates) =>
      connectManager(
        host,
        config.controllerPort,
        await readCertificates(config.certificates ?? certificates),
      ),
  };
}
