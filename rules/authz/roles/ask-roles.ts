import type { ApiRequest } from '../api-request.ts';
import type { Surroundings } from '../surroundings.ts';
import {
  findGrant,
  findGrantSomewhere,
  type Grant,
  type Question,
  type RolesAndBindings,
} from './find-grant.ts';
import { textAt } from './json-path.ts';
import { findPlace, placeOf, stackInBody, type Place } from './place.ts';
import { referencesOf, type Reference } from './references.ts';

/** One thing that a request needs, and what grants it. */
export interface Answer {
  readonly question: Question;
  /** Absent: nothing does. */
  readonly grant?: Grant;
  /** What the request refers to, as sent, where this is asked for its sake. */
  readonly reference?: string;
}

/** Docker's own networks: which of them a workload may have is admission's to say. */
const PREDEFINED = ['default', 'bridge', 'host', 'none', 'nat', 'ingress'];

/**
 * Everything that a request needs a role for: what it does, the same in the stack that it moves a service to, and `use` of
 * what it takes from other stacks. Nothing is looked up for somebody who may do it everywhere.
 */
export async function askRoles(
  request: ApiRequest,
  policy: RolesAndBindings,
  around: Surroundings,
): Promise<readonly Answer[]> {
  const { requester, operation } = request;
  const { verb, resource } = operation;
  const places = once(() => placesOf(request, around));
  const asked: Answer[] = [];
  const anywhere = findGrant(policy, requester, { verb, resource });
  if (anywhere === undefined)
    for (const { missing, ...place } of await places()) {
      const question = { verb, resource, ...place };
      // To look for a thing that is not there tells nothing: the engine is to say so, and tools go by that.
      const find = missing === true && verb === 'get' ? findGrantSomewhere : findGrant;
      asked.push(answer(question, find(policy, requester, question)));
    }
  else asked.push(answer({ verb, resource, ...named(operation.name) }, anywhere));
  for (const reference of referencesOf(request)) {
    if (findGrant(policy, requester, { verb: 'use', resource: reference.resource }) !== undefined) continue;
    const own = (await places()).flatMap(({ stack }) => stack ?? []);
    const question = await questionOf(reference, own, request, around);
    if (question !== undefined)
      asked.push({
        ...answer(question, findGrant(policy, requester, question)),
        reference: reference.reference,
      });
  }
  return asked;
}

/** Whose labels an update replaces, and so their stack. */
const RELABELLED = ['services', 'configs', 'secrets'];

/** The thing itself; for one that changes its stack, that stack too; for a connection, the container's. */
async function placesOf(request: ApiRequest, around: Surroundings): Promise<readonly Place[]> {
  const { operation, body } = request;
  const { verb, resource } = operation;
  if (verb === 'connect' || verb === 'disconnect') {
    const network = await placeOf(request, around);
    const container = textAt(body, 'Container');
    const { stack } = container === undefined ? {} : await findPlace('containers', container, around);
    return [{ ...named(network.name), ...(stack === undefined ? {} : { stack }) }];
  }
  const place = await placeOf(request, around);
  if (verb !== 'update' || !RELABELLED.includes(resource)) return [place];
  const next = stackInBody(request);
  return next.stack === place.stack ? [place] : [place, { ...named(place.name), ...next }];
}

/** Undefined: it is the stack's own, or there is nothing to take. */
async function questionOf(
  { resource, reference }: Reference,
  own: readonly string[],
  request: ApiRequest,
  around: Surroundings,
): Promise<Question | undefined> {
  if (resource === 'networks' && PREDEFINED.includes(reference)) return undefined;
  const { missing, stack, name = reference } = await findPlace(resource, reference, around);
  if (stack !== undefined && own.includes(stack)) return undefined;
  if (resource === 'networks' && PREDEFINED.includes(name)) return undefined;
  if (resource === 'volumes' && stack === undefined) {
    // A service's volume may be there on another node, so its name decides, which `docker stack deploy` makes so.
    if (own.some((each) => name.startsWith(`${each}_`))) return undefined;
    if (missing === true && request.operation.resource === 'services') return { verb: 'use', resource, name };
  }
  if (missing === true) return undefined;
  return { verb: 'use', resource, name, ...(stack === undefined ? {} : { stack }) };
}

function answer(question: Question, grant: Grant | undefined): Answer {
  return { question, ...(grant && { grant }) };
}

function named(name: string | undefined): Pick<Question, 'name'> {
  return name === undefined ? {} : { name };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
