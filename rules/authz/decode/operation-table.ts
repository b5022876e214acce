/** Whence a body comes that the judges can read; all else is refused, or is none of their business. */
export type BodyKind =
  /** Nothing is read: what is sent is ignored by the engine, unless it is a form. */
  | 'none'
  /** A JSON structure (or, in three operations, a list). */
  | 'json'
  /** A tar archive or a stream of its own, which the engine never shows. */
  | 'stream'
  /** JSON that the engine keeps from plugins: passwords. */
  | 'hidden';

export interface OperationShape {
  /** As in Docker's API document; those it leaves out have names of their own (`Grpc`, `DebugVars`). */
  readonly id: string;
  readonly method: string;
  /** As moby's router has it: `{name:.*}` takes slashes, `{id}` none. */
  readonly path: string;
  readonly verb: string;
  readonly resource: string;
  readonly body: BodyKind;
  /** `upgrade`: the connection is taken over after the answer. `follow`: the answer goes on for as long as both want. */
  readonly stream?: 'upgrade' | 'follow';
  /** The query parameter that names the thing, where the path does not. */
  readonly nameFrom?: string;
}

type Row = readonly [method: string, path: string, id: string, verb: string, resource: string];
type Extra = Pick<OperationShape, 'stream' | 'nameFrom'>;

function op(row: string, body: BodyKind = 'none', extra: Extra = {}): OperationShape {
  const [method, path, id, verb, resource] = row.split(/ +/u) as unknown as Row;
  return { id, method, path, verb, resource, body, ...extra };
}

/**
 * Every endpoint of the engines 20.10 to 29 (API 1.24 to 1.52), in the order in which moby's routers are asked: the first
 * that matches serves. Source: moby, `api/server/router/*` and `daemon/server/router/*`, tags v20.10.24, v23.0.0, v25.0.0,
 * v26.1.5, v28.5.2 and the main branch.
 */
export const OPERATIONS: readonly OperationShape[] = [
  // checkpoint
  op(
    'GET    /containers/{name:.*}/checkpoints          ContainerCheckpointList   list   containers/checkpoints',
  ),
  op(
    'POST   /containers/{name:.*}/checkpoints          ContainerCheckpointCreate create containers/checkpoints',
    'json',
  ),
  op(
    'DELETE /containers/{name}/checkpoints/{checkpoint} ContainerCheckpointDelete delete containers/checkpoints',
  ),
  // container
  op('HEAD   /containers/{name:.*}/archive ContainerArchiveInfo get containers/archive'),
  op('GET    /containers/json              ContainerList        list containers'),
  op('GET    /containers/{name:.*}/export  ContainerExport      get containers/export'),
  op('GET    /containers/{name:.*}/changes ContainerChanges     get containers/changes'),
  op('GET    /containers/{name:.*}/json    ContainerInspect     get containers'),
  op('GET    /containers/{name:.*}/top     ContainerTop         get containers/top'),
  op('GET    /containers/{name:.*}/logs    ContainerLogs        get containers/logs', 'none', {
    stream: 'follow',
  }),
  op('GET    /containers/{name:.*}/stats   ContainerStats       get containers/stats', 'none', {
    stream: 'follow',
  }),
  op('GET    /containers/{name:.*}/attach/ws ContainerAttachWebsocket create containers/attach', 'none', {
    stream: 'upgrade',
  }),
  op('GET    /exec/{id:.*}/json            ExecInspect          get containers/exec'),
  op('GET    /containers/{name:.*}/archive ContainerArchive     get containers/archive'),
  op('POST   /containers/create            ContainerCreate      create containers', 'json', {
    nameFrom: 'name',
  }),
  op('POST   /containers/{name:.*}/kill    ContainerKill        kill containers'),
  op('POST   /containers/{name:.*}/pause   ContainerPause       pause containers'),
  op('POST   /containers/{name:.*}/unpause ContainerUnpause     unpause containers'),
  op('POST   /containers/{name:.*}/restart ContainerRestart     restart containers'),
  op('POST   /containers/{name:.*}/start   ContainerStart       start containers'),
  op('POST   /containers/{name:.*}/stop    ContainerStop        stop containers'),
  op('POST   /containers/{name:.*}/wait    ContainerWait        wait containers', 'none', {
    stream: 'follow',
  }),
  op('POST   /containers/{name:.*}/resize  ContainerResize      resize containers'),
  op('POST   /containers/{name:.*}/attach  ContainerAttach      create containers/attach', 'stream', {
    stream: 'upgrade',
  }),
  op('POST   /containers/{name:.*}/copy    ContainerCopy        get containers/archive', 'json'),
  op('POST   /containers/{name:.*}/exec    ContainerExec        create containers/exec', 'json'),
  op('POST   /exec/{name:.*}/start         ExecStart            start containers/exec', 'json', {
    stream: 'upgrade',
  }),
  op('POST   /exec/{name:.*}/resize        ExecResize           resize containers/exec'),
  op('POST   /containers/{name:.*}/rename  ContainerRename      rename containers'),
  op('POST   /containers/{name:.*}/update  ContainerUpdate      update containers', 'json'),
  op('POST   /containers/prune             ContainerPrune       prune containers'),
  op('POST   /commit                       ImageCommit          commit containers', 'json', {
    nameFrom: 'container',
  }),
  op('PUT    /containers/{name:.*}/archive PutContainerArchive  update containers/archive', 'stream'),
  op('DELETE /containers/{name:.*}         ContainerDelete      delete containers'),
  // image
  op('GET    /images/json                  ImageList            list images'),
  op('GET    /images/search                ImageSearch          search images', 'none', { nameFrom: 'term' }),
  op('GET    /images/get                   ImageGetAll          export images', 'none', {
    nameFrom: 'names',
  }),
  op('GET    /images/{name:.*}/get         ImageGet             export images'),
  op('GET    /images/{name:.*}/history     ImageHistory         get images/history'),
  op('GET    /images/{name:.*}/json        ImageInspect         get images'),
  op('GET    /images/{name:.*}/attestations ImageAttestations   get images'),
  op('POST   /images/load                  ImageLoad            load images', 'stream'),
  op('POST   /images/create                ImageCreate          create images', 'stream', {
    nameFrom: 'fromImage',
  }),
  op('POST   /images/{name:.*}/push        ImagePush            push images'),
  op('POST   /images/{name:.*}/tag         ImageTag             tag images'),
  op('POST   /images/prune                 ImagePrune           prune images'),
  op('DELETE /images/{name:.*}             ImageDelete          delete images'),
  // system
  op('OPTIONS /{anyroute:.*}               Options              get system/options'),
  op('GET    /_ping                        SystemPing           get system/ping'),
  op('HEAD   /_ping                        SystemPingHead       get system/ping'),
  op('GET    /events                       SystemEvents         watch system/events', 'none', {
    stream: 'follow',
  }),
  op('GET    /info                         SystemInfo           get system/info'),
  op('GET    /version                      SystemVersion        get system/version'),
  op('GET    /system/df                    SystemDataUsage      get system/df'),
  op('POST   /auth                         SystemAuth           create system/auth', 'hidden'),
  // volume
  op('GET    /volumes                      VolumeList           list volumes'),
  op('GET    /volumes/{name:.*}            VolumeInspect        get volumes'),
  op('POST   /volumes/create               VolumeCreate         create volumes', 'json'),
  op('POST   /volumes/prune                VolumePrune          prune volumes'),
  op('PUT    /volumes/{name:.*}            VolumeUpdate         update volumes', 'json'),
  op('DELETE /volumes/{name:.*}            VolumeDelete         delete volumes'),
  // build, session
  op('POST   /build                        ImageBuild           create build', 'stream', { nameFrom: 't' }),
  op('POST   /build/prune                  BuildPrune           prune build'),
  op('POST   /build/cancel                 BuildCancel          cancel build', 'none', { nameFrom: 'id' }),
  op('POST   /session                      Session              create session', 'stream', {
    stream: 'upgrade',
  }),
  // swarm
  op('POST   /swarm/init                   SwarmInit            init swarm', 'json'),
  op('POST   /swarm/join                   SwarmJoin            join swarm', 'json'),
  op('POST   /swarm/leave                  SwarmLeave           leave swarm'),
  op('GET    /swarm                        SwarmInspect         get swarm'),
  op('GET    /swarm/unlockkey              SwarmUnlockkey       get swarm/unlockkey'),
  op('POST   /swarm/update                 SwarmUpdate          update swarm', 'json'),
  op('POST   /swarm/unlock                 SwarmUnlock          unlock swarm', 'json'),
  op('GET    /services                     ServiceList          list services'),
  op('GET    /services/{id}                ServiceInspect       get services'),
  op('POST   /services/create              ServiceCreate        create services', 'json'),
  op('POST   /services/{id}/update         ServiceUpdate        update services', 'json'),
  op('DELETE /services/{id}                ServiceDelete        delete services'),
  op('GET    /services/{id}/logs           ServiceLogs          get services/logs', 'none', {
    stream: 'follow',
  }),
  op('GET    /nodes                        NodeList             list nodes'),
  op('GET    /nodes/{id}                   NodeInspect          get nodes'),
  op('DELETE /nodes/{id}                   NodeDelete           delete nodes'),
  op('POST   /nodes/{id}/update            NodeUpdate           update nodes', 'json'),
  op('GET    /tasks                        TaskList             list tasks'),
  op('GET    /tasks/{id}                   TaskInspect          get tasks'),
  op('GET    /tasks/{id}/logs              TaskLogs             get tasks/logs', 'none', {
    stream: 'follow',
  }),
  op('GET    /secrets                      SecretList           list secrets'),
  op('POST   /secrets/create               SecretCreate         create secrets', 'json'),
  op('DELETE /secrets/{id}                 SecretDelete         delete secrets'),
  op('GET    /secrets/{id}                 SecretInspect        get secrets'),
  op('POST   /secrets/{id}/update          SecretUpdate         update secrets', 'json'),
  op('GET    /configs                      ConfigList           list configs'),
  op('POST   /configs/create               ConfigCreate         create configs', 'json'),
  op('DELETE /configs/{id}                 ConfigDelete         delete configs'),
  op('GET    /configs/{id}                 ConfigInspect        get configs'),
  op('POST   /configs/{id}/update          ConfigUpdate         update configs', 'json'),
  // plugin
  op('GET    /plugins                      PluginList           list plugins'),
  op('GET    /plugins/{name:.*}/json       PluginInspect        get plugins'),
  op('GET    /plugins/privileges           GetPluginPrivileges  get plugins/privileges', 'none', {
    nameFrom: 'remote',
  }),
  op('DELETE /plugins/{name:.*}            PluginDelete         delete plugins'),
  op('POST   /plugins/{name:.*}/enable     PluginEnable         enable plugins'),
  op('POST   /plugins/{name:.*}/disable    PluginDisable        disable plugins'),
  op('POST   /plugins/pull                 PluginPull           create plugins', 'json', {
    nameFrom: 'name',
  }),
  op('POST   /plugins/{name:.*}/push       PluginPush           push plugins'),
  op('POST   /plugins/{name:.*}/upgrade    PluginUpgrade        upgrade plugins', 'json'),
  op('POST   /plugins/{name:.*}/set        PluginSet            set plugins', 'json'),
  op('POST   /plugins/create               PluginCreate         create plugins', 'stream', {
    nameFrom: 'name',
  }),
  // distribution
  op('GET    /distribution/{name:.*}/json  DistributionInspect  get distribution'),
  // network
  op('GET    /networks                     NetworkList          list networks'),
  op('GET    /networks/                    NetworkList          list networks'),
  op('GET    /networks/{id:.+}             NetworkInspect       get networks'),
  op('POST   /networks/create              NetworkCreate        create networks', 'json'),
  op('POST   /networks/{id:.*}/connect     NetworkConnect       connect networks', 'json'),
  op('POST   /networks/{id:.*}/disconnect  NetworkDisconnect    disconnect networks', 'json'),
  op('POST   /networks/prune               NetworkPrune         prune networks'),
  op('DELETE /networks/{id:.*}             NetworkDelete        delete networks'),
  // grpc, debug
  op('POST   /grpc                         Grpc                 create session', 'stream', {
    stream: 'upgrade',
  }),
  op('GET    /debug/vars                   DebugVars            get system/debug'),
  op('GET    /debug/pprof/                 DebugPprof           get system/debug'),
  op('GET    /debug/pprof/{name}           DebugPprof           get system/debug'),
];
