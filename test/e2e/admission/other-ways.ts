import { API, BY_ENGINE, container, creating, deploying, IMAGE, service, type Way } from './way.ts';

const post = (name: string, refusedBy: string, path: string, body: object | string = {}): Way => ({
  name,
  uri: `${API}${path}`,
  body,
  refusedBy,
});

/** Through all the other calls. */
export const OTHER_WAYS: readonly Way[] = [
  post('privileged exec', 'admission/privileged', '/containers/app/exec', { Privileged: true, Cmd: ['id'] }),
  post('exec in a privileged container', 'admission/privileged-target', '/containers/root/exec', {
    Cmd: ['id'],
  }),
  post('attach to a privileged container', 'admission/privileged-target', '/containers/root/attach?stream=1'),
  {
    ...post(
      'file into a privileged container',
      'admission/privileged-target',
      '/containers/root/archive?path=/',
    ),
    method: 'PUT',
    headers: { 'Content-Type': 'application/x-tar' },
    body: '',
  },
  post('checkpoint into a folder of the host', 'admission/host-paths', '/containers/app/checkpoints', {
    CheckpointID: 'x',
    CheckpointDir: '/etc',
  }),
  post(
    'start from a folder of the host',
    'admission/host-paths',
    '/containers/app/start?checkpoint=x&checkpoint-dir=/etc',
  ),
  post('volume that is a host path', 'admission/host-paths', '/volumes/create', {
    Name: 'way',
    DriverOpts: { type: 'none', o: 'bind', device: '/etc' },
  }),
  post("volume that is Docker's socket", 'admission/docker-socket', '/volumes/create', {
    Name: 'way-socket',
    DriverOpts: { type: 'none', o: 'bind', device: '/run/docker.sock' },
  }),
  post('volume on a server', 'admission/volume-drivers', '/volumes/create', {
    Name: 'way-server',
    DriverOpts: { type: 'nfs', o: 'addr=10.9.9.9,rw', device: ':/export' },
  }),
  post("network on the host's own link", 'admission/network-driver', '/networks/create', {
    Name: 'way-link',
    Driver: 'macvlan',
  }),
  post("network on another's bridge", 'admission/network-options', '/networks/create', {
    Name: 'way-bridge',
    Driver: 'bridge',
    Options: { 'com.docker.network.bridge.name': 'docker_gwbridge' },
  }),
  post("network with another's VXLAN number", 'admission/network-options', '/networks/create', {
    Name: 'way-vxlan',
    Driver: 'overlay',
    Options: { 'com.docker.network.driver.overlay.vxlanid_list': '4096' },
  }),
  post('routing mesh replaced', 'admission/network-options', '/networks/create', {
    Name: 'way-mesh',
    Driver: 'overlay',
    Ingress: true,
  }),
  post('build on the network of the host', 'admission/host-namespaces', '/build?networkmode=host', ''),
  post(
    'build on the network of a container',
    'admission/shared-namespaces',
    '/build?networkmode=container%3Aapp',
    '',
  ),
  post(
    'build that dockerd fetches',
    'admission/build-remote',
    '/build?remote=http%3A%2F%2F127.0.0.1%3A1%2Fx',
    '',
  ),
  {
    ...post(
      'build over a session',
      'admission/build-session',
      '/build?version=2&remote=client-session&session=x',
      '',
    ),
    slow: true,
  },
  {
    ...post("BuildKit's own interface", 'admission/build-session', '/grpc', ''),
    headers: { Connection: 'Upgrade', Upgrade: 'h2c' },
  },
  {
    ...post('session of a build', 'admission/build-session', '/session', ''),
    headers: { Connection: 'Upgrade', Upgrade: 'h2c' },
  },
  post('logs of every service, sent away', 'admission/log-driver', '/swarm/update?version=0', {
    TaskDefaults: { LogDriver: { Name: 'syslog', Options: { 'syslog-address': 'udp://10.9.9.9:514' } } },
  }),
  post('plugin from a registry', 'admission/plugins', '/plugins/pull?remote=localhost:1/x&name=x', '[]'),
  {
    ...post('plugin of its own', 'admission/plugins', '/plugins/create?name=x', ''),
    headers: { 'Content-Type': 'application/x-tar' },
  },
];

const forged = (name: string, refusedBy: string, body: object): Way => ({
  ...creating(name, refusedBy, body),
  never: true,
});

/** What the network policy rests on. */
export const PROTECTION_WAYS: readonly Way[] = [
  forged(
    "labels of Swarm's own containers",
    'protection/label',
    container(
      {},
      { Labels: { 'com.docker.swarm.service.name': 'shop_api', 'com.docker.swarm.task.id': 'x' } },
    ),
  ),
  forged(
    'label of a stack on a plain container',
    'protection/label',
    container({}, { Labels: { 'com.docker.stack.namespace': 'shop' } }),
  ),
  forged(
    'policy on a plain container',
    'protection/label',
    container({}, { Labels: { 'swarmwall.ingress': 'any' } }),
  ),
  {
    ...deploying(
      "labels of Swarm's own containers, on a service",
      'protection/label',
      service({ Labels: { 'com.docker.swarm.service.name': 'shop_api' } }),
    ),
    never: true,
  },
  deploying(
    'service with a policy, by who may not',
    'protection/label',
    service({}, {}, { Labels: { 'swarmwall.ingress': 'any' } }),
  ),
  post(
    'policy taken off a service',
    'protection/label',
    '/services/guarded/update?version=VERSION_guarded',
    service({}, {}, { Name: 'guarded' }),
  ),
  creating('container on a segment', 'protection/segment', container({ NetworkMode: 'shop_sw-api' })),
  creating(
    'container on a segment, by its id and as an endpoint',
    'protection/segment',
    container({}, { NetworkingConfig: { EndpointsConfig: { SEGMENT_ID: {} } } }),
  ),
  creating(
    'container beside one on a segment',
    'protection/segment',
    container({ NetworkMode: 'container:inside' }),
  ),
  creating(
    'container among the processes of one on a segment',
    'protection/segment',
    container({ PidMode: 'container:inside' }),
  ),
  post('connection to a segment', 'protection/segment', '/networks/shop_sw-api/connect', {
    Container: 'app',
  }),
  post(
    'container of a segment reached through another network',
    'protection/segment',
    '/networks/open/connect',
    {
      Container: 'inside',
    },
  ),
  post('container cut off a segment', 'protection/segment', '/networks/shop_sw-api/disconnect', {
    Container: 'inside',
    Force: true,
  }),
  deploying(
    "service on another stack's segment",
    'protection/segment',
    service({}, { Networks: [{ Target: 'SEGMENT_ID' }] }),
  ),
  creating(
    'start without the guard runtime',
    'protection/runtime',
    container({ NetworkMode: 'open', Runtime: 'runc' }),
  ),
  { ...post('segment removed', 'protection/segment', '/networks/shop_sw-api'), method: 'DELETE' },
  post('network that calls itself a segment', 'protection/segment', '/networks/create', {
    Name: 'way-segment',
    Driver: 'overlay',
    Labels: { 'swarmwall.segment': '1' },
  }),
  post('stored policy made by hand', 'protection/own', '/configs/create', {
    Name: 'Swarmwall-policy.way.1',
    Data: 'eA==',
  }),
  { ...post('stored policy removed', 'protection/own', '/configs/CONFIG_ID'), method: 'DELETE' },
  { ...post("Swarmwall's service removed", 'protection/own', '/services/swarmwall_agent'), method: 'DELETE' },
  post('plugin switched off', 'protection/plugin', '/plugins/swarmwall:latest/disable?force=1'),
  { ...post('plugin removed', 'protection/plugin', '/plugins/swarmwall:latest?force=1'), method: 'DELETE' },
  post('plugin set otherwise', 'protection/plugin', '/plugins/swarmwall:latest/set', '["X=y"]'),
  creating("volume with Swarmwall's state", 'protection/own', container({ Binds: ['swarmwall_state:/v'] })),
];

const asked = '"HostConfig":{"Privileged":true}';
const raw = (name: string, refusedBy: Way['refusedBy'], more: Partial<Way>): Way => ({
  name,
  uri: `${API}/containers/create`,
  body: `{"Image":"${IMAGE}",${asked}}`,
  refusedBy,
  never: true,
  ...more,
});

/** What is to be read otherwise by the plugin than by the engine: a privileged container each time. */
export const DECODING_WAYS: readonly Way[] = [
  raw('key twice, the other in small letters', 'decode/', {
    body: `{"Image":"${IMAGE}","HostConfig":{},"hostconfig":{"Privileged":true}}`,
  }),
  raw('key twice', 'decode/', { body: `{"Image":"${IMAGE}","HostConfig":{},${asked}}` }),
  raw('key with a letter that folds', 'decode/', {
    body: `{"Image":"${IMAGE}","HostConfig":{},"Ho\\u017ftConfig":{"Privileged":true}}`,
  }),
  raw('settings at the top of the body', 'decode/', { body: `{"Image":"${IMAGE}","Privileged":true}` }),
  raw('path with an escape', 'admission/privileged', { uri: `${API}/%63ontainers/create` }),
  raw('path with an escaped escape', ['decode/', BY_ENGINE], { uri: `${API}/%2563ontainers/create` }),
  raw('absolute request URI', 'decode/', { uri: `http://docker${API}/containers/create` }),
  raw('path without a version', 'admission/privileged', { uri: '/containers/create' }),
  raw('path with a double slash', ['decode/', BY_ENGINE], { uri: `${API}//containers/create` }),
  raw('path with dots', ['decode/', BY_ENGINE], { uri: `${API}/images/../containers/create` }),
  raw('version spelt another way', 'decode/', { uri: '/v1.041/containers/create' }),
  raw('version of before', 'decode/', { uri: '/v1.23/containers/create' }),
  raw('body of more than the plugin is shown', ['decode/', 'admission/privileged'], {
    body: `{"Image":"${IMAGE}",${asked},"Labels":{"x":"${'x'.repeat(1_100_000)}"}}`,
  }),
  raw('body in chunks', ['decode/', 'admission/privileged'], { headers: { 'Transfer-Encoding': 'chunked' } }),
  raw('body of another content type', 'decode/', { headers: { 'Content-Type': 'text/plain' } }),
  raw('body with a charset', 'admission/privileged', {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  }),
  raw('body with something behind it', 'decode/', { body: `{"Image":"${IMAGE}"} {"x":{${asked}}}` }),
  raw('settings at the start of a container', 'decode/', {
    uri: '/v1.23/containers/app/start',
    body: '{"Privileged":true}',
  }),
  raw('build whose parameters are a form', 'decode/', {
    uri: `${API}/build`,
    body: 'networkmode=host&remote=http%3A%2F%2F127.0.0.1%3A1%2Fx',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }),
];
