import type { Asked } from '../api-request.ts';
import type { May } from './shop.ts';

export const stack = (name: string) => ({ 'com.docker.stack.namespace': name });
const policies = { verb: 'update', resource: 'policies' };
const join = { verb: 'join', resource: 'segments' };
const segments = { verb: 'update', resource: 'segments' };
const breakGlass = { verb: 'use', resource: 'breakglass' };
const inShop = { stack: 'shop' };

/** What is refused to whom no role lets; and the role with which it passes, and one that is not enough. */
export const CASES: readonly {
  readonly title: string;
  readonly id: string;
  readonly asked: Asked;
  readonly expected: readonly string[];
  readonly enough?: May;
  readonly tooLittle?: May;
}[] = [
  {
    title: "a container with Swarm's labels",
    id: 'ContainerCreate',
    asked: { body: { Labels: { 'com.docker.swarm.service.name': 'shop_api' } } },
    expected: ['label Labels["com.docker.swarm.service.name"]'],
    tooLittle: policies,
  },
  {
    title: "a container with a stack's label, or any other of Docker's",
    id: 'ContainerCreate',
    asked: { body: { Labels: { ...stack('shop'), 'com.docker.x': '' } } },
    expected: ['label Labels["com.docker.stack.namespace"]', 'label Labels["com.docker.x"]'],
    tooLittle: breakGlass,
  },
  {
    title: 'a container with a policy and no project',
    id: 'ContainerCreate',
    asked: { body: { Labels: { 'swarmwall.ingress': 'any' } } },
    expected: ['label Labels["swarmwall.ingress"]'],
    tooLittle: policies,
  },
  {
    title: "a project's container with a policy",
    id: 'ContainerCreate',
    asked: { body: { Labels: { 'com.docker.compose.project': 'blog', 'swarmwall.ingress': 'any' } } },
    expected: ['label Labels["swarmwall.ingress"]'],
    enough: { ...policies, stack: 'blog' },
    tooLittle: { ...policies, ...inShop },
  },
  {
    title: 'a service with a policy',
    id: 'ServiceCreate',
    asked: { body: { Labels: { ...stack('shop'), 'swarmwall.ingress': 'any' } } },
    expected: ['label Labels["swarmwall.ingress"]'],
    enough: { ...policies, ...inShop },
    tooLittle: { ...policies, stack: 'blog' },
  },
  {
    title: "a service with Swarm's labels, its own or its containers'",
    id: 'ServiceCreate',
    asked: {
      body: {
        Labels: { 'com.docker.swarm.x': '' },
        TaskTemplate: { ContainerSpec: { Labels: { 'com.docker.swarm.service.id': 'x' } } },
      },
    },
    expected: [
      'label Labels["com.docker.swarm.x"]',
      'label TaskTemplate.ContainerSpec.Labels["com.docker.swarm.service.id"]',
    ],
    tooLittle: policies,
  },
  {
    title: 'an update that changes a policy',
    id: 'ServiceUpdate',
    asked: { name: 'shop_api', body: { Labels: { ...stack('shop'), 'swarmwall.ingress': 'any' } } },
    expected: ['label Labels["swarmwall.ingress"]'],
    enough: { ...policies, ...inShop },
  },
  {
    title: 'an update that leaves a policy out',
    id: 'ServiceUpdate',
    asked: { name: 'id-shop_api', body: { Labels: stack('shop') } },
    expected: ['label Labels["swarmwall.ingress"]'],
    enough: { ...policies, ...inShop },
  },
  {
    title: 'an update that takes a service and its policy to another stack',
    id: 'ServiceUpdate',
    asked: { name: 'shop_api', body: { Labels: { ...stack('blog'), 'swarmwall.ingress': 'any' } } },
    expected: ['label Labels["swarmwall.ingress"]', 'label Labels["swarmwall.ingress"]'],
    enough: policies,
  },
  {
    title: 'a rollback to another policy, whatever the body says',
    id: 'ServiceUpdate',
    asked: {
      name: 'shop_api',
      query: { rollback: 'previous' },
      body: { Labels: { ...stack('shop'), 'swarmwall.ingress': 'web:80' } },
    },
    expected: ['label Labels["swarmwall.ingress"]'],
    enough: { ...policies, ...inShop },
  },
  {
    title: 'a container on a segment',
    id: 'ContainerCreate',
    asked: { body: { HostConfig: { NetworkMode: 'id-shop_sw-api' } } },
    expected: ['segment HostConfig.NetworkMode'],
    enough: { ...join, ...inShop },
    tooLittle: { ...join, stack: 'blog' },
  },
  {
    title: 'a container on a segment, beside its first network',
    id: 'ContainerCreate',
    asked: { body: { NetworkingConfig: { EndpointsConfig: { open: {}, 'shop_sw-api': null } } } },
    expected: ['segment NetworkingConfig.EndpointsConfig["shop_sw-api"]'],
    enough: { ...join, ...inShop },
  },
  {
    title: 'a container that calls itself of the project on a segment of Swarm',
    id: 'ContainerCreate',
    asked: {
      body: { Labels: { 'com.docker.compose.project': 'shop' }, HostConfig: { NetworkMode: 'shop_sw-api' } },
    },
    expected: ['segment HostConfig.NetworkMode'],
  },
  {
    title: "another project's container on a project's segment",
    id: 'ContainerCreate',
    asked: {
      body: { Labels: { 'com.docker.compose.project': 'shop' }, HostConfig: { NetworkMode: 'blog_sw-web' } },
    },
    expected: ['segment HostConfig.NetworkMode'],
    enough: { ...join, stack: 'blog' },
  },
  ...['NetworkMode', 'PidMode', 'IpcMode'].map((mode) => ({
    title: `a container in the namespaces of one on a segment (${mode})`,
    id: 'ContainerCreate',
    asked: { body: { HostConfig: { [mode]: 'container:api' } } },
    // By name and by id.
    expected: [`segment HostConfig.${mode}`],
    enough: { ...join, ...inShop },
  })),
  {
    title: 'a container in the namespace of one that is in that of one on a segment',
    id: 'ContainerCreate',
    asked: { body: { HostConfig: { NetworkMode: 'container:beside' } } },
    expected: ['segment HostConfig.NetworkMode'],
    enough: { ...join, ...inShop },
  },
  {
    title: 'a connection to a segment',
    id: 'NetworkConnect',
    asked: { name: 'shop_sw-api', body: { Container: 'plain' } },
    expected: ['segment the path'],
    enough: { ...join, ...inShop },
  },
  {
    title: 'a disconnection from a segment',
    id: 'NetworkDisconnect',
    asked: { name: 'shop_sw-api', body: { Container: 'api', Force: true } },
    expected: ['segment the path'],
    enough: { ...segments, ...inShop },
    tooLittle: { ...join, ...inShop },
  },
  {
    title: "a service on another stack's segment",
    id: 'ServiceCreate',
    asked: { body: { Labels: stack('blog'), TaskTemplate: { Networks: [{ Target: 'shop_sw-api' }] } } },
    expected: ['segment TaskTemplate.Networks[0].Target'],
    enough: { ...join, ...inShop },
    tooLittle: { ...join, stack: 'blog' },
  },
  {
    title: 'a service of no stack on a segment, by the older field',
    id: 'ServiceCreate',
    asked: { body: { Networks: [{ Target: 'id-shop_sw-api' }] } },
    expected: ['segment Networks[0].Target'],
    enough: { ...join, ...inShop },
  },
  {
    title: 'a service on a segment between stacks',
    id: 'ServiceCreate',
    asked: { body: { Labels: stack('shop'), TaskTemplate: { Networks: [{ Target: 'sw-x-a-b' }] } } },
    expected: ['segment TaskTemplate.Networks[0].Target'],
    enough: join,
    tooLittle: { ...join, ...inShop },
  },
  {
    title: 'a container on a guarded network by another runtime',
    id: 'ContainerCreate',
    asked: { body: { HostConfig: { NetworkMode: 'open', Runtime: 'runc' } } },
    expected: ['runtime HostConfig.Runtime'],
    enough: join,
  },
  {
    title: 'a network that says that it is a segment',
    id: 'NetworkCreate',
    asked: { body: { Name: 'shop_x', Labels: { ...stack('shop'), 'swarmwall.segment': '1' } } },
    expected: ['segment Labels["swarmwall.segment"]'],
    enough: { ...segments, ...inShop },
    tooLittle: { ...segments, stack: 'blog' },
  },
  {
    title: 'the removal of a segment',
    id: 'NetworkDelete',
    asked: { name: 'id-shop_sw-api' },
    expected: ['segment the path'],
    enough: { ...segments, ...inShop },
  },
  {
    title: 'a stored policy, made',
    id: 'ConfigCreate',
    asked: { body: { Name: 'Swarmwall-Policy.x.1' } },
    expected: ['own Name'],
    enough: policies,
    tooLittle: { ...policies, ...inShop },
  },
  {
    title: 'a config that says that it is a policy',
    id: 'ConfigCreate',
    asked: { body: { Name: 'x', Labels: { 'swarmwall.policy': 'x' } } },
    expected: ['own Name'],
    enough: policies,
  },
  {
    title: 'a stored policy, removed by its id',
    id: 'ConfigDelete',
    asked: { name: 'id-swarmwall-policy.1.abc' },
    expected: ['own the path'],
    enough: policies,
  },
  {
    title: 'the labels of a stored policy',
    id: 'ConfigUpdate',
    asked: { name: 'labelled', body: { Name: 'labelled', Labels: {} } },
    expected: ['own the path'],
    enough: policies,
  },
  ...['PluginDisable', 'PluginDelete', 'PluginSet', 'PluginUpgrade'].map((id) => ({
    title: `${id} of an authorization plugin, whatever it is called`,
    id,
    asked: { name: 'guard:latest' },
    expected: ['plugin the path'],
    enough: breakGlass,
    tooLittle: { verb: '*', resource: '*' },
  })),
  {
    title: 'the plugin, where none of that name is found',
    id: 'PluginDisable',
    asked: { name: 'registry.example.com/swarmwall:1' },
    expected: ['plugin the path'],
    enough: breakGlass,
  },
  {
    title: "Swarmwall's own service, changed",
    id: 'ServiceUpdate',
    asked: { name: 'id-swarmwall_agent', body: { Name: 'swarmwall_agent', Labels: stack('swarmwall') } },
    expected: ['own the path'],
    enough: breakGlass,
  },
  {
    title: "Swarmwall's own service, removed",
    id: 'ServiceDelete',
    asked: { name: 'swarmwall_agent' },
    expected: ['own the path'],
    enough: breakGlass,
    tooLittle: { verb: '*', resource: '*' },
  },
  {
    title: 'another service in the stack of that name',
    id: 'ServiceCreate',
    asked: { body: { Name: 'x', Labels: stack('swarmwall') } },
    expected: ['own Name'],
    enough: breakGlass,
  },
  ...['ContainerKill', 'ContainerExec', 'ContainerDelete', 'ContainerUpdate', 'PutContainerArchive'].map(
    (id) => ({
      title: `${id} of an agent`,
      id,
      asked: { name: 'agent' },
      expected: ['own the path'],
      enough: breakGlass,
    }),
  ),
  {
    title: "a container with Swarmwall's volumes",
    id: 'ContainerCreate',
    asked: {
      body: {
        HostConfig: {
          Binds: ['swarmwall-state:/x'],
          Mounts: [{ Type: 'volume', Source: 'swarmwall_state' }],
          VolumesFrom: ['agent:ro'],
        },
      },
    },
    expected: ['own HostConfig.Binds[0]', 'own HostConfig.Mounts[0].Source', 'own HostConfig.VolumesFrom[0]'],
    enough: breakGlass,
  },
  {
    title: "a service with Swarmwall's volumes",
    id: 'ServiceCreate',
    asked: {
      body: { TaskTemplate: { ContainerSpec: { Mounts: [{ Type: 'volume', Source: 'swarmwall' }] } } },
    },
    expected: ['own TaskTemplate.ContainerSpec.Mounts[0].Source'],
    enough: breakGlass,
  },
  {
    title: 'the removal of a volume of its state',
    id: 'VolumeDelete',
    asked: { name: 'swarmwall-state' },
    expected: ['own the path'],
    enough: breakGlass,
  },
  {
    title: 'a volume under the name of its state',
    id: 'VolumeCreate',
    asked: { body: { Name: 'swarmwall.state' } },
    expected: ['own Name'],
    enough: breakGlass,
  },
];
