import type { ApiOperation, ApiRequest } from '../api-request.ts';
import type { NamedFact, Surroundings } from '../surroundings.ts';
import { objectAt } from './json-path.ts';
import { stackOfList } from './list-filter.ts';
import { stackOf } from './stack-labels.ts';

/** What a request is about, under its own name (it may have been named by an id), and whose it is. */
export interface Place {
  readonly name?: string;
  /** Absent: of no stack. */
  readonly stack?: string;
  /** There is nothing of that name. */
  readonly missing?: true;
}

const LABELLED = ['containers', 'services', 'networks', 'volumes', 'secrets', 'configs'];

/** Of the thing in the path; on creation, of the one to be; of a list, the stack that it is narrowed to. */
export async function placeOf(request: ApiRequest, around: Surroundings): Promise<Place> {
  const { operation } = request;
  if (operation.verb === 'list') {
    const stack = stackOfList(request);
    return stack === undefined ? {} : { stack };
  }
  if (operation.verb === 'create' && LABELLED.includes(operation.resource))
    return { ...named(operation.name), ...stackInBody(request) };
  return operation.name === undefined ? {} : placeNamed(operation, operation.name, around);
}

/** As the body's labels say. */
export function stackInBody({ operation, body }: ApiRequest): Pick<Place, 'stack'> {
  const stack = stackOf(operation.resource, objectAt(body, 'Labels') ?? {});
  return stack === undefined ? {} : { stack };
}

async function placeNamed(
  { resource, verb }: ApiOperation,
  reference: string,
  around: Surroundings,
): Promise<Place> {
  const [kind = ''] = resource.split('/');
  if (resource === 'containers/exec' && verb !== 'create') {
    const exec = await around.exec(reference);
    return exec === undefined ? missing(reference) : findPlace('containers', exec.container, around);
  }
  if (kind === 'tasks') {
    const task = await around.task(reference);
    const service = task && (await findPlace('services', task.service, around));
    return service === undefined ? missing(reference) : { ...service, name: reference };
  }
  return findPlace(kind, reference, around);
}

export async function findPlace(kind: string, reference: string, around: Surroundings): Promise<Place> {
  const found = await factOf(kind, reference, around);
  if (found === 'unlabelled') return { name: reference };
  if (found === undefined) return missing(reference);
  const stack = stackOf(kind, found.labels);
  return { name: found.name, ...(stack === undefined ? {} : { stack }) };
}

type Fact = Pick<NamedFact, 'name' | 'labels'> | undefined;

function factOf(
  kind: string,
  reference: string,
  around: Surroundings,
): Promise<Fact> | Promise<Fact | 'unlabelled'> {
  switch (kind) {
    case 'containers':
      return around.container(reference);
    case 'services':
      return around.service(reference);
    case 'networks':
      return around.network(reference);
    case 'volumes':
      return around.volume(reference);
    case 'secrets':
      return around.secret(reference);
    case 'configs':
      return around.config(reference);
    case 'plugins':
      return around.plugin(reference);
    case 'nodes':
      return around.node(reference);
    default:
      return Promise.resolve('unlabelled');
  }
}

function named(name: string | undefined): Pick<Place, 'name'> {
  return name === undefined ? {} : { name };
}

function missing(name: string): Place {
  return { name, missing: true };
}
