import Docker from 'dockerode';
import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import { readJsonStream } from './json-stream.ts';
import { listPolicyConfigs } from './list-policy-configs.ts';
import type { Engine } from './engine.ts';
import { ownCallHeaders } from './own-calls.ts';
import type {
  RawContainer,
  RawEvent,
  RawImage,
  RawNetwork,
  RawNode,
  RawService,
  RawTask,
} from './engine-data.ts';

/** With a secret, its calls are marked as Swarmwall's own. */
export function connectEngine(socketPath: string, clock: Clock, ownCallSecret?: string): Engine {
  const docker = new Docker({ socketPath, headers: ownCallHeaders(ownCallSecret) });

  const engine: Engine = {
    info: () => ask(() => docker.info()),
    clusterId: async () => ((await ask(() => docker.swarmInspect())) as { ID?: string }).ID ?? '',
    services: async () => (await ask(() => docker.listServices())) as unknown as readonly RawService[],
    tasks: async () => (await ask(() => docker.listTasks())) as readonly RawTask[],
    nodes: async () => (await ask(() => docker.listNodes())) as readonly RawNode[],
    policyConfigs: () => ask(() => listPolicyConfigs(docker)),
    networks: async () => (await ask(() => docker.listNetworks())) as unknown as readonly RawNetwork[],
    network: (id) => askFor(() => docker.getNetwork(id).inspect() as Promise<RawNetwork>),
    containers: async () =>
      (await ask(() => docker.listContainers({ all: true }))) as unknown as readonly RawContainer[],
    imageLabels: async (id) => {
      const image = await askFor(() => docker.getImage(id).inspect() as Promise<RawImage>);
      return image?.Config?.Labels ?? {};
    },
    events: ({ types, signal, onEvent, onGap }) => {
      const follow = async (): Promise<void> => {
        const stream = await docker.getEvents({
          filters: { type: [...types] },
          abortSignal: signal,
        } as Docker.GetEventsOptions);
        onGap();
        await readJsonStream<RawEvent>(stream, signal, onEvent);
      };
      const again = (): void => {
        if (!signal.aborted) clock.after(TIMES.dockerRetry, loop);
      };
      const loop = (): void => {
        if (!signal.aborted) follow().then(again, again);
      };
      loop();
    },
  };
  return engine;
}

/** Undefined when there is none. */
async function askFor<T>(call: () => Promise<T>): Promise<T | undefined> {
  return ask(call).catch((error: unknown) => {
    if (error instanceof Fault && error.data['status'] === 404) return undefined;
    throw error;
  });
}

async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode;
    if (status === undefined)
      throw new Fault('docker-unavailable', `Docker does not answer: ${(error as Error).message}`, {
        cause: error,
      });
    throw new Fault('docker-failed', (error as Error).message, { cause: error, data: { status } });
  }
}
