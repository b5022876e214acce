import type { ApiRequest, JsonObject } from '../api-request.ts';
import { listAt, objectAt, textAt } from '../roles/json-path.ts';
import type { ContainerFact, ServiceFact, Surroundings } from '../surroundings.ts';
import { labelsAt } from './read-labels.ts';
import type { Need } from './need.ts';
import {
  isOwnConfig,
  isOwnName,
  isOwnPlugin,
  LABEL_PREFIX,
  SERVICE_NAME_LABEL,
  STACK_LABEL,
} from './own-names.ts';

const BREAK_GLASS = { verb: 'use', resource: 'breakglass' } as const;

function breakGlass(code: Need['code'], message: string): Need {
  return { code, message, question: BREAK_GLASS };
}

/** Configs hold the policies and settings. */
export async function configNeeds({ operation, body }: ApiRequest, around: Surroundings): Promise<Need[]> {
  const labels = labelsAt(body);
  const found = operation.id === 'ConfigCreate' ? undefined : await around.config(operation.name ?? '');
  const names = [textAt(body, 'Name') ?? '', found?.name ?? ''];
  const labelled = [...labels.keys(), ...Object.keys(found?.labels ?? {})];
  const own = names.find(isOwnConfig) ?? labelled.find((key) => key.startsWith(LABEL_PREFIX));
  if (own === undefined) return [];
  return [
    {
      code: 'own',
      message: `${operation.id === 'ConfigCreate' ? 'Name' : 'the path'}: changes a stored policy (${JSON.stringify(own)})`,
      question: { verb: 'update', resource: 'policies' },
    },
  ];
}

/** Any authorization plugin: without it the engine asks nobody, or refuses to start. */
export async function pluginNeeds({ operation }: ApiRequest, around: Surroundings): Promise<Need[]> {
  const reference = operation.name ?? '';
  const plugin = await around.plugin(reference);
  const guards =
    [reference, plugin?.name ?? ''].some(isOwnPlugin) ||
    plugin?.types.some((type) => type.startsWith('docker.authz/')) === true;
  if (!guards) return [];
  return [breakGlass('plugin', `the path: would ${operation.verb} a plugin that authorization rests on`)];
}

/** The global service that runs the agents, and what it is made of. */
export function serviceNeeds(
  { operation, body }: ApiRequest,
  current: ServiceFact | undefined,
): readonly Need[] {
  const names = [current?.name ?? '', textAt(body, 'Name') ?? ''];
  const stacks = [current?.labels[STACK_LABEL] ?? '', labelsAt(body).get(STACK_LABEL) ?? ''];
  if (![...names, ...stacks].some(isOwnName)) return [];
  return [
    breakGlass(
      'own',
      `${operation.id === 'ServiceCreate' ? 'Name' : 'the path'}: changes Swarmwall's own service`,
    ),
  ];
}

/** What can be done to a container of that service, or in it. */
export async function containerNeeds({ operation }: ApiRequest, around: Surroundings): Promise<Need[]> {
  const container = await around.container(operation.name ?? '');
  if (container === undefined || !isOwnContainer(container)) return [];
  return [
    breakGlass('own', `the path: works on ${JSON.stringify(container.name)}, a container of Swarmwall's own`),
  ];
}

function isOwnContainer({ labels }: ContainerFact): boolean {
  return [labels[SERVICE_NAME_LABEL], labels[STACK_LABEL]].some(
    (name) => name !== undefined && isOwnName(name),
  );
}

/** Its state outlives its containers in volumes; whoever writes there writes the policy. */
export function volumeNeeds(names: readonly (readonly [name: string, field: string])[]): readonly Need[] {
  return names
    .filter(([name]) => isOwnName(name))
    .map(([name, field]) => breakGlass('own', `${field}: reaches the volume ${JSON.stringify(name)}`));
}

/** By every field that can name one. */
export function volumesNamed(body: JsonObject | undefined): (readonly [name: string, field: string])[] {
  const host = objectAt(body, 'HostConfig');
  const spec = objectAt(body, 'TaskTemplate', 'ContainerSpec');
  const ofMounts = (of: JsonObject | undefined, path: string) =>
    listAt(of, 'Mounts').map(
      (mount, index) => [textAt(mount, 'Source') ?? '', `${path}.Mounts[${index}].Source`] as const,
    );
  return [
    ...listAt(host, 'Binds').map(
      (bind, index) => [String(bind).split(':')[0] ?? '', `HostConfig.Binds[${index}]`] as const,
    ),
    ...ofMounts(host, 'HostConfig'),
    ...ofMounts(spec, 'TaskTemplate.ContainerSpec'),
  ];
}

/** `--volumes-from` one of its containers reaches the same. */
export async function volumesFromNeeds({ body }: ApiRequest, around: Surroundings): Promise<Need[]> {
  const found = await Promise.all(
    listAt(objectAt(body, 'HostConfig'), 'VolumesFrom').map(async (item, index) => {
      const container = await around.container(String(item).split(':')[0] ?? '');
      if (container === undefined || !isOwnContainer(container)) return [];
      return [breakGlass('own', `HostConfig.VolumesFrom[${index}]: reaches Swarmwall's own volumes`)];
    }),
  );
  return found.flat();
}
