import { breakGlass, inShop, policies, stack, type RefusedCase } from './refused-case.ts';

export const OWN_CASES: readonly RefusedCase[] = [
  {
    title: 'a stored policy, made',
    id: 'ConfigCreate',
    asked: { body: { Name: 'Swarmwall-Policy.x.1' } },
    expected: ['own Name'],
    enough: policies,
    tooLittle: { ...policies, ...inShop },
  },
  {
    title: 'a staged policy, made',
    id: 'ConfigCreate',
    asked: { body: { Name: 'swarmwall-staged.stack.shop.v1' } },
    expected: ['own Name'],
    enough: policies,
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
          Binds: ['swarmwall_state:/x'],
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
    asked: { name: 'swarmwall_state' },
    expected: ['own the path'],
    enough: breakGlass,
  },
  {
    title: 'a volume under the name of its state',
    id: 'VolumeCreate',
    asked: { body: { Name: 'swarmwall_audit' } },
    expected: ['own Name'],
    enough: breakGlass,
  },
];
