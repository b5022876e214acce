import * as cluster from './cluster-shapes.ts';
import * as container from './container-shapes.ts';
import { SERVICE_SPEC } from './service-shapes.ts';
import type { Shape } from './shape.ts';
import { TEXTS } from './shape-words.ts';

/** What the engine decodes the body of each operation into. */
export const BODY_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['ContainerCreate', container.CONTAINER_CREATE],
  // Engines up to 28 decode it as they do for a new container.
  ['ImageCommit', container.CONTAINER_CREATE],
  ['ContainerUpdate', container.CONTAINER_UPDATE],
  ['ContainerExec', container.CONTAINER_EXEC],
  ['ExecStart', container.EXEC_START],
  ['ContainerCheckpointCreate', container.CHECKPOINT_CREATE],
  ['ContainerCopy', container.CONTAINER_COPY],
  ['NetworkCreate', cluster.NETWORK_CREATE],
  ['NetworkConnect', cluster.NETWORK_CONNECT],
  ['NetworkDisconnect', cluster.NETWORK_DISCONNECT],
  ['VolumeCreate', cluster.VOLUME_CREATE],
  ['VolumeUpdate', cluster.VOLUME_UPDATE],
  ['PluginPull', cluster.PLUGIN_PRIVILEGES],
  ['PluginUpgrade', cluster.PLUGIN_PRIVILEGES],
  ['PluginSet', TEXTS],
  ['SwarmInit', cluster.SWARM_INIT],
  ['SwarmJoin', cluster.SWARM_JOIN],
  ['SwarmUpdate', cluster.SWARM_SPEC],
  ['SwarmUnlock', cluster.SWARM_UNLOCK],
  ['ServiceCreate', SERVICE_SPEC],
  ['ServiceUpdate', SERVICE_SPEC],
  ['NodeUpdate', cluster.NODE_SPEC],
  ['SecretCreate', cluster.SECRET_SPEC],
  ['SecretUpdate', cluster.SECRET_SPEC],
  ['ConfigCreate', cluster.CONFIG_SPEC],
  ['ConfigUpdate', cluster.CONFIG_SPEC],
]);
