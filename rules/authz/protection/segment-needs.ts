import type { ApiRequest, JsonObject } from '../api-request.ts';
import { listAt, objectAt, textAt } from '../roles/json-path.ts';
import type { NetworkFact, ServiceFact, Surroundings } from '../surroundings.ts';
import { labelsAt } from './read-labels.ts';
import type { Need } from './need.ts';
import { isGuardRuntime, LABEL_PREFIX, PROJECT_LABEL, SEGMENT_LABEL, STACK_LABEL } from './own-names.ts';

/** A network that a workload would be on, and the field that says so. */
interface Joined {
  readonly network: NetworkFact;
  readonly field: string;
}

/** `POST /containers/create`: by its own networks, or by those of a container whose namespaces it shares. */
export async function containerSegmentNeeds({ body }: ApiRequest, around: Surroundings): Promise<Need[]> {
  const host = objectAt(body, 'HostConfig');
  const project = labelsAt(body).get(PROJECT_LABEL);
  const own = await join(namedNetworks(body, host), around);
  const shared = await sharedNetworks(host, around);
  const strange = own.filter(({ network }) => !isOfProject(network, project));
  return [...[...strange, ...shared].flatMap(joinNeed), ...runtimeNeeds(host, [...own, ...shared])];
}

function namedNetworks(body: JsonObject | undefined, host: JsonObject | undefined): [string, string][] {
  const endpoints = Object.keys(objectAt(body, 'NetworkingConfig', 'EndpointsConfig') ?? {});
  const mode = textAt(host, 'NetworkMode');
  return [
    ...(mode === undefined || mode.includes(':')
      ? []
      : [[mode, 'HostConfig.NetworkMode'] as [string, string]]),
    ...endpoints.map((name): [string, string] => [name, `NetworkingConfig.EndpointsConfig["${name}"]`]),
  ];
}

async function join(named: readonly (readonly [string, string])[], around: Surroundings): Promise<Joined[]> {
  const found = await Promise.all(
    named.map(async ([reference, field]) => {
      const network = await around.network(reference);
      return network === undefined ? [] : [{ network, field }];
    }),
  );
  return found.flat();
}

const SHARED = ['NetworkMode', 'PidMode', 'IpcMode'];

/** Whoever shares a container's processes or memory speaks for it as much as whoever shares its network. */
async function sharedNetworks(host: JsonObject | undefined, around: Surroundings): Promise<Joined[]> {
  const found = await Promise.all(
    SHARED.map(async (name) => {
      const container = containerOf(textAt(host, name));
      if (container === undefined) return [];
      const networks = await networksOf(container, around, MOST_LINKS);
      return join(
        networks.map((network): [string, string] => [network, `HostConfig.${name}`]),
        around,
      );
    }),
  );
  return found.flat();
}

/** No engine lets a container share one that shares another's; should one do, the way has an end. */
const MOST_LINKS = 4;

async function networksOf(
  reference: string,
  around: Surroundings,
  links: number,
): Promise<readonly string[]> {
  const container = await around.container(reference);
  if (container === undefined || links === 0) return [];
  const further = containerOf(container.networkMode);
  return further === undefined ? container.networks : networksOf(further, around, links - 1);
}

function containerOf(mode: string | undefined): string | undefined {
  return mode?.startsWith('container:') === true ? mode.slice('container:'.length) : undefined;
}

/**
 * `POST /networks/{id}/connect`. A container that is on a segment would be reached past it through its other network.
 */
export async function attachmentNeeds(request: ApiRequest, around: Surroundings): Promise<Need[]> {
  const { operation, body } = request;
  const [joined] = await join([[operation.name ?? '', 'the path']], around);
  const reference = textAt(body, 'Container') ?? '';
  const container = await around.container(reference);
  if (joined === undefined || isOfProject(joined.network, container?.labels[PROJECT_LABEL])) return [];
  const before = await join(
    (await networksOf(reference, around, MOST_LINKS)).map((name): [string, string] => [name, 'Container']),
    around,
  );
  return [
    ...joinNeed(joined),
    ...before
      .filter(({ network }) => isSegment(network) && network.id !== joined.network.id)
      .map(({ network, field }) => changeNeed(field, network.name, stackOf(network).stack)),
  ];
}

/** A service's own stack is whose segment it may be on; those between stacks are of none. */
export async function serviceSegmentNeeds(
  spec: JsonObject | undefined,
  current: ServiceFact | undefined,
  around: Surroundings,
): Promise<Need[]> {
  const stack = labelsAt(spec).get(STACK_LABEL);
  const before = new Set(targetsOf(current?.spec as JsonObject | undefined).map(([target]) => target));
  const joined = await join(targetsOf(spec), around);
  return joined
    .filter(({ network }) => stack === undefined || network.labels[STACK_LABEL] !== stack)
    .filter(({ network }) => !stays(stack, current) || !(before.has(network.id) || before.has(network.name)))
    .flatMap(joinNeed);
}

/** What a service is on already, it may stay on; not if it passes to another stack. */
function stays(stack: string | undefined, current: ServiceFact | undefined): boolean {
  return current?.labels[STACK_LABEL] === stack;
}

function targetsOf(spec: JsonObject | undefined): [string, string][] {
  const task = objectAt(spec, 'TaskTemplate');
  return [
    ...listAt(spec, 'Networks').map((item, index) => [item, `Networks[${index}].Target`] as const),
    ...listAt(task, 'Networks').map(
      (item, index) => [item, `TaskTemplate.Networks[${index}].Target`] as const,
    ),
  ].flatMap(([item, field]): [string, string][] => {
    const target = textAt(item, 'Target');
    return target === undefined ? [] : [[target, field]];
  });
}

/** Compose's networks are of one node: there the label cannot claim what Swarm runs. */
function isOfProject({ labels, scope }: NetworkFact, project: string | undefined): boolean {
  return project !== undefined && scope === 'local' && labels[PROJECT_LABEL] === project;
}

function isSegment({ labels }: NetworkFact): boolean {
  return labels[SEGMENT_LABEL] !== undefined;
}

function joinNeed({ network, field }: Joined): Need[] {
  if (!isSegment(network)) return [];
  return [
    {
      code: 'segment',
      message: `${field}: joins ${JSON.stringify(network.name)}, a segment for the services that its policy names`,
      question: { verb: 'join', resource: 'segments', name: network.name, ...stackOf(network) },
    },
  ];
}

function stackOf({ labels }: NetworkFact): { readonly stack?: string } {
  const stack = labels[STACK_LABEL] ?? labels[PROJECT_LABEL];
  return stack === undefined ? {} : { stack };
}

/** Only the guard runtime holds a container back until the rules of Swarm's networks are in place. */
function runtimeNeeds(host: JsonObject | undefined, joined: readonly Joined[]): Need[] {
  const runtime = textAt(host, 'Runtime') ?? '';
  if (runtime === '' || isGuardRuntime(runtime)) return [];
  const guarded = joined.find(({ network }) => network.scope === 'swarm' && network.driver === 'overlay');
  if (guarded === undefined) return [];
  const { name } = guarded.network;
  return [
    {
      code: 'runtime',
      message: `HostConfig.Runtime: starts on ${JSON.stringify(name)} without the guard runtime`,
      question: { verb: 'join', resource: 'segments', name, ...stackOf(guarded.network) },
    },
  ];
}

/** Segments are made, removed and labelled by those who may change them. */
export async function networkNeeds({ operation, body }: ApiRequest, around: Surroundings): Promise<Need[]> {
  if (operation.id === 'NetworkCreate') return labelledNeeds(body);
  const network = await around.network(operation.name ?? '');
  if (network === undefined || !isSegment(network)) return [];
  return [changeNeed('the path', network.name, stackOf(network).stack)];
}

function labelledNeeds(body: JsonObject | undefined): Need[] {
  const labels = labelsAt(body);
  const key = [...labels.keys()].find((each) => each.startsWith(LABEL_PREFIX));
  if (key === undefined) return [];
  const stack = labels.get(STACK_LABEL) ?? labels.get(PROJECT_LABEL);
  return [changeNeed(`Labels["${key}"]`, textAt(body, 'Name') ?? '', stack)];
}

function changeNeed(field: string, name: string, stack: string | undefined): Need {
  return {
    code: 'segment',
    message: `${field}: makes or changes the segment ${JSON.stringify(name)}`,
    question: { verb: 'update', resource: 'segments', name, ...(stack !== undefined && { stack }) },
  };
}
