import type { ApiRequest } from '../api-request.ts';
import type { ContainerFact, Surroundings } from '../surroundings.ts';
import { POLICY_LABELS } from './policy-labels.ts';
import { readRollback } from './read-wish.ts';
import { volumeAsks } from './volume-options.ts';
import type { Ask, JoinedNetwork, ResolvedWish, Wish } from './wish.ts';

const STACK_LABELS = ['com.docker.stack.namespace', 'com.docker.compose.project'];
const INSIDE = ['ContainerExec', 'ContainerAttach', 'ContainerAttachWebsocket', 'PutContainerArchive'];

/** Looks up what a wish names: each thing once, and nothing that does not matter. */
export async function resolveWish(
  wish: Wish,
  request: ApiRequest,
  around: Surroundings,
): Promise<readonly ResolvedWish[]> {
  const target = await resolveTarget(request, around);
  const wishes = [wish, ...target.wishes];
  return Promise.all(wishes.map((each) => resolveOne(each, target, around)));
}

interface Target {
  readonly asks: readonly Ask[];
  readonly stacks: readonly string[];
  /** Further ones that the request means: a service's earlier self. */
  readonly wishes: readonly Wish[];
}

const NO_TARGET: Target = { asks: [], stacks: [], wishes: [] };

/** The container or service that the request works on: its stack counts, whatever the request says. */
async function resolveTarget(request: ApiRequest, around: Surroundings): Promise<Target> {
  const { operation, body } = request;
  if (operation.id === 'ServiceUpdate' && operation.name !== undefined) {
    const service = await around.service(operation.name);
    if (service === undefined) return NO_TARGET;
    const rollback = readRollback(request, service);
    return { asks: [], stacks: stacksOf(service.labels), wishes: rollback === undefined ? [] : [rollback] };
  }
  const reference = operation.id === 'NetworkConnect' ? body?.['Container'] : operation.name;
  if (typeof reference !== 'string' || !CONTAINER_OPERATION.test(operation.id)) return NO_TARGET;
  const container = await around.container(reference);
  if (container === undefined) return NO_TARGET;
  return { asks: targetAsks(operation.id, container), stacks: stacksOf(container.labels), wishes: [] };
}

function targetAsks(id: string, { name, labels, privileged, networkMode }: ContainerFact): Ask[] {
  const path = 'the path';
  if (INSIDE.includes(id) && (privileged || networkMode === 'host'))
    return [{ kind: 'privileged-target', container: name, path }];
  if (id === 'NetworkConnect' && !POLICY_LABELS.some((label) => Object.hasOwn(labels, label)))
    return [{ kind: 'unselected-target', container: name, path }];
  return [];
}

const CONTAINER_OPERATION = /^(Container(?!Create)|PutContainerArchive$|NetworkConnect$)/;

function stacksOf(labels: Readonly<Record<string, string>>): string[] {
  return STACK_LABELS.flatMap((label) => (Object.hasOwn(labels, label) ? (labels[label] ?? []) : []));
}

async function resolveOne(wish: Wish, target: Target, around: Surroundings): Promise<ResolvedWish> {
  const [volumes, networks] = await Promise.all([
    resolveVolumes(wish, around),
    resolveNetworks(wish, around),
  ]);
  const found = networks.map<Ask>(({ path, name, driver }) =>
    driver === 'host'
      ? { kind: 'host-namespace', space: 'network', path }
      : { kind: 'network-driver', driver, network: name, path },
  );
  return {
    ...wish,
    asks: [...wish.asks, ...target.asks, ...volumes, ...found],
    stacks: [...new Set([...wish.stacks, ...target.stacks])],
    networks,
  };
}

/** A volume that is not there yet will be one without options. */
async function resolveVolumes({ asks }: Wish, around: Surroundings): Promise<readonly Ask[]> {
  const named = asks.flatMap((ask) => (ask.kind === 'volume' ? [ask] : []));
  const found = await Promise.all(
    named.map(async ({ name, path }) => {
      const volume = await around.volume(name);
      if (volume === undefined) return [];
      const options = new Map(Object.entries(volume.options));
      return volumeAsks(volume.driver, options, name).map((asked): Ask => ({ ...asked, path }));
    }),
  );
  return found.flat();
}

async function resolveNetworks({ asks }: Wish, around: Surroundings): Promise<readonly JoinedNetwork[]> {
  const named = asks.flatMap((ask) => (ask.kind === 'network' ? [ask] : []));
  const found = await Promise.all(
    named.map(async ({ reference, path }) => {
      const network = await around.network(reference);
      if (network === undefined) return [];
      const { name, id, driver, encrypted } = network;
      return [{ path, name, id, driver, encrypted }];
    }),
  );
  return found.flat();
}
