import type { ApiRequest, JsonObject } from '../api-request.ts';
import type { ServiceFact } from '../surroundings.ts';
import { readBuild, readSession } from './read-build.ts';
import { readConnect, readContainerChange, readContainerCreate, readExec } from './read-container.ts';
import { readImage } from './read-image.ts';
import { readCheckpoint, readNetwork, readPlugin, readSwarm, readVolume } from './read-resource.ts';
import { readServiceSpec } from './read-service.ts';
import type { Wish } from './wish.ts';

type Reader = (request: ApiRequest) => Wish;

const readSpec: Reader = ({ body, apiVersion }) => readServiceSpec(body, apiVersion);
const readNothing: Reader = () => ({ asks: [], stacks: [] });

/** By operation. An operation that is not here asks for nothing that is judged. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['ContainerCreate', readContainerCreate],
  ['ContainerUpdate', readContainerChange],
  ['ContainerStart', (request) => joined(readContainerChange(request), readCheckpoint(request))],
  ['ContainerCheckpointCreate', readCheckpoint],
  ['ContainerCheckpointList', readCheckpoint],
  ['ContainerCheckpointDelete', readCheckpoint],
  ['ContainerExec', readExec],
  ['ContainerAttach', readNothing],
  ['ContainerAttachWebsocket', readNothing],
  ['PutContainerArchive', readNothing],
  ['ServiceCreate', readSpec],
  ['ServiceUpdate', readSpec],
  ['SwarmInit', readSwarm],
  ['SwarmUpdate', readSwarm],
  ['ImageBuild', readBuild],
  ['Session', readSession],
  ['Grpc', readSession],
  ['ImageCreate', readImage],
  ['ImageCommit', readImage],
  ['ImageTag', readImage],
  ['ImageLoad', readImage],
  ['VolumeCreate', readVolume],
  ['VolumeUpdate', readVolume],
  ['NetworkCreate', readNetwork],
  ['NetworkConnect', readConnect],
  ['PluginPull', readPlugin],
  ['PluginCreate', readPlugin],
  ['PluginUpgrade', readPlugin],
  ['PluginSet', readPlugin],
  ['PluginEnable', readPlugin],
  ['PluginDisable', readPlugin],
  ['PluginDelete', readPlugin],
]);

/** Undefined: nothing here is admission's to judge. */
export function readWish(request: ApiRequest): Wish | undefined {
  return READERS.get(request.operation.id)?.(request);
}

/** A rollback brings back what the service was before; the body then counts for nothing. */
export function readRollback({ query }: ApiRequest, service: ServiceFact): Wish | undefined {
  const rollback = query.get('rollback')?.[0] ?? '';
  if (rollback === '' || rollback === 'none' || service.previousSpec === undefined) return undefined;
  const wish = readServiceSpec(service.previousSpec as JsonObject, 'stored');
  const asks = wish.asks.map((ask) => ({ ...ask, path: `PreviousSpec.${ask.path}` }));
  return { ...wish, asks };
}

function joined(one: Wish, other: Wish): Wish {
  return { asks: [...one.asks, ...other.asks], stacks: [...one.stacks, ...other.stacks] };
}
