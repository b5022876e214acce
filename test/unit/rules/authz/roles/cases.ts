import type {
  AuthzPolicy,
  Role,
  RoleBinding,
  Subject,
} from '../../../../../compose-ext/authz/authz-model.ts';
import type { ApiRequest, JsonObject, Requester } from '../../../../../rules/authz/api-request.ts';
import { STACK_LABEL } from '../../../../../rules/authz/roles/stack-labels.ts';
import type { NamedFact, Surroundings } from '../../../../../rules/authz/surroundings.ts';

const origin = { file: 'test.yaml', line: 1, column: 1 };

export const alice: Requester = { kind: 'user', name: 'alice' };
export const socket: Requester = { kind: 'socket' };
export const user = (name: string): Subject => ({ kind: 'User', name });

export function role(
  name: string,
  verbs: string,
  resources: string,
  more: Partial<Role['rules'][0]> = {},
): Role {
  return { name, rules: [{ verbs: verbs.split(' '), resources: resources.split(' '), ...more }], origin };
}

/** `bind('edit', 'shop', user('alice'))`; without a stack in the whole cluster. */
export function bind(name: string, stack: string | undefined, ...subjects: readonly Subject[]): RoleBinding {
  return {
    name: `${name}-${stack ?? 'everywhere'}`,
    ...(stack !== undefined && { stack }),
    role: { kind: 'ClusterRole', name },
    subjects,
    origin,
  };
}

export function policyOf(bindings: readonly RoleBinding[], roles: readonly Role[] = []): AuthzPolicy {
  return { roles, bindings, admission: [], audit: [] };
}

/** `request('create services', { name: 'shop_web' })`. */
export function request(
  what: string,
  {
    requester = alice,
    name,
    body,
    filters,
  }: {
    requester?: Requester;
    name?: string;
    body?: JsonObject;
    filters?: string;
  } = {},
): ApiRequest {
  const [verb = '', resource = ''] = what.split(' ');
  return {
    requester,
    method: 'POST',
    path: '/',
    operation: { id: what, verb, resource, ...(name !== undefined && { name }) },
    query: new Map(filters === undefined ? [] : [['filters', [filters]]]),
    ...(body && { body }),
  };
}

export const ofStack = (stack: string): JsonObject => ({ Labels: { [STACK_LABEL]: stack } });

/** Things by `kind/reference` → stack, which all have; what is not there is not. */
export function around(things: Readonly<Record<string, string>> = {}): Surroundings {
  const find = (kind: string, reference: string): Promise<NamedFact | undefined> => {
    const stack = things[`${kind}/${reference}`];
    const labels: Record<string, string> = stack ? { [STACK_LABEL]: stack } : {};
    return Promise.resolve(
      stack === undefined ? undefined : { id: `id-${reference}`, name: reference, labels },
    );
  };
  const none = { driver: 'overlay', scope: 'swarm', attachable: false, encrypted: false, ingress: false };
  return {
    network: async (reference) => merge(await find('networks', reference), none),
    container: async (reference) =>
      merge(await find('containers', reference), {
        image: 'i',
        networkMode: 'n',
        privileged: false,
        networks: [],
      }),
    service: async (reference) => merge(await find('services', reference), { spec: {} }),
    volume: async (reference) => merge(await find('volumes', reference), { driver: 'local', options: {} }),
    config: (reference) => find('configs', reference),
    secret: (reference) => find('secrets', reference),
    plugin: async (reference) => merge(await find('plugins', reference), { types: [] }),
    node: (reference) => find('nodes', reference),
    exec: (id) =>
      Promise.resolve(things[`exec/${id}`] ? { container: things[`exec/${id}`] ?? '' } : undefined),
    task: (id) => Promise.resolve(things[`task/${id}`] ? { service: things[`task/${id}`] ?? '' } : undefined),
  };
}

function merge<T extends object>(fact: NamedFact | undefined, more: T): (NamedFact & T) | undefined {
  return fact && { ...fact, ...more };
}
