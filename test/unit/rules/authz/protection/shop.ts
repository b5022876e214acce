import type { Role, RoleBinding } from '../../../../../compose-ext/authz/authz-model.ts';
import { judgeProtection } from '../../../../../rules/authz/protection/index.ts';
import { apiRequest, type Asked } from '../api-request.ts';
import { fakeSurroundings, type Around } from '../fake-surroundings.ts';

const origin = { file: 'r.yaml', line: 1, column: 1 };
export const EDIT: Role = { name: 'ops', rules: [{ verbs: ['*'], resources: ['containers'] }], origin };
/** Somebody is bound, so nobody is an administrator by default. */
export const OTHERS: RoleBinding = {
  name: 'ops',
  role: { kind: 'ClusterRole', name: 'ops' },
  subjects: [{ kind: 'User', name: 'ops' }],
  origin,
};

export interface May {
  readonly verb: string;
  readonly resource: string;
  readonly stack?: string;
}

function bound({ verb, resource, stack }: May): { role: Role; binding: RoleBinding } {
  const name = `${verb}-${resource}-${stack ?? ''}`;
  return {
    role: { name, rules: [{ verbs: [verb], resources: [resource] }], origin },
    binding: {
      name,
      role: { kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name: 'dev' }],
      ...(stack !== undefined && { stack }),
      origin,
    },
  };
}

export const AROUND: Around = {
  networks: [
    { name: 'shop_sw-api', labels: { 'swarmwall.segment': '1', 'com.docker.stack.namespace': 'shop' } },
    { name: 'sw-x-a-b', labels: { 'swarmwall.segment': '1' } },
    {
      name: 'blog_sw-web',
      scope: 'local',
      driver: 'bridge',
      labels: { 'swarmwall.segment': '1', 'com.docker.compose.project': 'blog' },
    },
    { name: 'open' },
  ],
  containers: [
    { name: 'api', networks: ['shop_sw-api', 'id-shop_sw-api'] },
    { name: 'beside', networkMode: 'container:api' },
    { name: 'plain', networks: ['open'] },
    { name: 'agent', labels: { 'com.docker.swarm.service.name': 'swarmwall_agent' } },
    { name: 'blog-web-1', labels: { 'com.docker.compose.project': 'blog' } },
  ],
  services: [
    {
      name: 'shop_api',
      labels: { 'com.docker.stack.namespace': 'shop' },
      spec: {
        Name: 'shop_api',
        Labels: { 'com.docker.stack.namespace': 'shop', 'swarmwall.ingress': 'web:80' },
        TaskTemplate: { Networks: [{ Target: 'id-sw-x-a-b' }] },
      },
      previousSpec: { Labels: { 'com.docker.stack.namespace': 'shop', 'swarmwall.ingress': 'any' } },
    },
    { name: 'swarmwall_agent', labels: { 'com.docker.stack.namespace': 'swarmwall' } },
  ],
  configs: [
    { name: 'swarmwall-policy.1.abc' },
    { name: 'labelled', labels: { 'swarmwall.policy': 'x' } },
    { name: 'app.conf' },
  ],
  plugins: [
    { name: 'guard:latest', types: ['docker.authz/1.0'] },
    { name: 'sshfs:latest', types: ['docker.volumedriver/1.0'] },
  ],
};

/** `code field`. */
export async function found(id: string, asked: Asked, may: readonly May[] = []): Promise<string[]> {
  const granted = may.map(bound);
  const policy = {
    roles: [EDIT, ...granted.map(({ role }) => role)],
    bindings: [OTHERS, ...granted.map(({ binding }) => binding)],
  };
  const objections = await judgeProtection(apiRequest(id, asked), policy, fakeSurroundings(AROUND));
  return objections.map(
    ({ code, message }) => `${code.replace('protection/', '')} ${message.slice(0, message.indexOf(': '))}`,
  );
}
