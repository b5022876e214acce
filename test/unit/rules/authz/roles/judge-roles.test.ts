import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AuthzPolicy } from '../../../../../compose-ext/authz/authz-model.ts';
import type { ApiRequest } from '../../../../../rules/authz/api-request.ts';
import { judgeRoles } from '../../../../../rules/authz/roles/judge-roles.ts';
import type { Surroundings } from '../../../../../rules/authz/surroundings.ts';
import { alice, around, bind, ofStack, policyOf, request, role, socket, user } from './cases.ts';

const shopEditor = policyOf([bind('edit', 'shop', user('alice'))]);
const things = around({
  'services/web': 'shop',
  'services/bank': 'bank',
  'containers/web.1': 'shop',
  'containers/bank.1': 'bank',
  'containers/loose': '',
  'networks/shop_default': 'shop',
  'networks/bank_default': 'bank',
  'networks/proxy': '',
  'secrets/own-id': 'shop',
  'secrets/bank-id': 'bank',
  'configs/bank-id': 'bank',
  'volumes/bank_data': 'bank',
  'volumes/shared': '',
  'exec/e-shop': 'web.1',
  'exec/e-bank': 'bank.1',
  'task/t-shop': 'web',
  'task/t-bank': 'bank',
});

async function refused(asked: ApiRequest, policy: AuthzPolicy = shopEditor, surroundings = things) {
  return (await judgeRoles(asked, policy, surroundings)).map(({ message }) => message);
}
const allows = async (asked: ApiRequest, policy = shopEditor, surroundings: Surroundings = things) => {
  assert.deepEqual(await refused(asked, policy, surroundings), [], asked.operation.id);
};
const refuses = async (asked: ApiRequest, message: RegExp, policy = shopEditor) => {
  const messages = await refused(asked, policy);
  assert.equal(messages.length, 1, `${asked.operation.id}: ${messages.join(' | ')}`);
  assert.match(messages[0] ?? '', message);
};
const service = (stack: string | undefined, task: object = {}) => ({
  ...(stack === undefined ? {} : ofStack(stack)),
  TaskTemplate: task as never,
});

describe('roles', () => {
  it('let everybody do everything but break the glass while no binding is stored', async () => {
    const none = policyOf([]);
    const nowhere = new Proxy({} as Surroundings, { get: () => assert.fail('nothing need be looked up') });
    for (const what of ['create containers', 'delete secrets', 'update policies'])
      for (const requester of [alice, socket])
        await allows(request(what, { requester, name: 'x' }), none, nowhere);
    await refuses(request('use breakglass'), /no role lets "alice" use breakglass/u, none);
    await allows(request('use breakglass', { requester: socket }), none);
  });

  it('leave the local socket its powers until a binding speaks of it', async () => {
    await allows(request('use breakglass', { requester: socket }));
    await refuses(
      request('delete nodes', { name: 'n1' }),
      /"alice" delete nodes "n1", which is of no stack/u,
    );
    const viewer = policyOf([bind('view', undefined, { kind: 'LocalSocket' })]);
    await refuses(request('use breakglass', { requester: socket }), /the local socket/u, viewer);
    await allows(request('list nodes', { requester: socket }), viewer);
  });

  it('let everybody ping and ask for the version', async () => {
    await allows(request('get system/ping'), policyOf([bind('view', undefined, user('bob'))]));
    await allows(request('get system/version'), policyOf([bind('view', undefined, user('bob'))]));
  });

  it('of a stack let create and change only there', async () => {
    await allows(request('create services', { name: 'shop_web', body: service('shop') }));
    await refuses(
      request('create services', { name: 'bank_x', body: service('bank') }),
      /create services "bank_x" of stack "bank"$/u,
    );
    await refuses(request('create services', { name: 'shop_web', body: service(undefined) }), /of no stack/u);
    await allows(request('update services', { name: 'web', body: service('shop') }));
    await refuses(request('update services', { name: 'bank', body: service('bank') }), /of stack "bank"/u);
  });

  it('are asked in both stacks when a service changes its own', async () => {
    await refuses(request('update services', { name: 'web', body: service('bank') }), /of stack "bank"/u);
    await refuses(request('update services', { name: 'bank', body: service('shop') }), /of stack "bank"/u);
    await refuses(request('update services', { name: 'web', body: service(undefined) }), /of no stack/u);
  });

  it('are asked in both stacks when a secret or config changes its own', async () => {
    await allows(request('update secrets', { name: 'own-id', body: ofStack('shop') }));
    await refuses(request('update secrets', { name: 'own-id', body: ofStack('bank') }), /of stack "bank"/u);
    await refuses(request('update configs', { name: 'bank-id', body: ofStack('shop') }), /of stack "bank"/u);
  });

  it('find the stack of what is named by an exec or a task', async () => {
    await allows(request('start containers/exec', { name: 'e-shop' }));
    await refuses(request('start containers/exec', { name: 'e-bank' }), /stack "bank"/u);
    await allows(request('create containers/exec', { name: 'web.1' }));
    await allows(request('get tasks', { name: 't-shop' }));
    await refuses(request('get tasks/logs', { name: 't-bank' }), /get tasks\/logs "t-bank" of stack "bank"/u);
    await refuses(request('stop containers', { name: 'loose' }), /of no stack/u);
  });

  it('are needed for what a workload takes from other stacks, by whatever field', async () => {
    const spec = (container: object) => service('shop', { ContainerSpec: container });
    const mount = (Source: string, Type = 'volume') => spec({ Mounts: [{ Type, Source, Target: '/d' }] });
    const cases: readonly [object, RegExp | undefined][] = [
      [spec({ Secrets: [{ SecretID: 'own-id', SecretName: 'x' }] }), undefined],
      [
        spec({ Secrets: [{ SecretID: 'bank-id', SecretName: 'own' }] }),
        /use secrets "bank-id" of stack "bank"/u,
      ],
      [spec({ Configs: [{ ConfigID: 'bank-id' }] }), /use configs/u],
      [spec({ Privileges: { CredentialSpec: { Config: 'bank-id' } } }), /use configs/u],
      [mount('bank_data'), /use volumes "bank_data" of stack "bank"/u],
      [mount('bank_elsewhere'), /use volumes "bank_elsewhere", which is of no stack/u],
      [mount('shop_data'), undefined],
      [mount('shared', 'cluster'), /use volumes "shared"/u],
      [mount('/etc', 'bind'), undefined],
      [service('shop', { Networks: [{ Target: 'shop_default' }] }), undefined],
      [
        service('shop', { Networks: [{ Target: 'bank_default' }] }),
        /use networks "bank_default" of stack "bank"/u,
      ],
      [
        { ...service('shop'), Networks: [{ Target: 'proxy' }] },
        /use networks "proxy", which is of no stack/u,
      ],
      [service('shop', { Networks: [{ Target: 'host' }] }), undefined],
    ];
    for (const [body, message] of cases)
      for (const verb of ['create', 'update']) {
        const asked = request(`${verb} services`, { name: 'web', body: body as never });
        if (message === undefined) await allows(asked);
        else await refuses(asked, message);
      }
  });

  it('are needed for what a container takes from other stacks, by whatever field', async () => {
    const host = (config: object) => ({ ...ofStack('shop'), HostConfig: config as never });
    const cases: readonly [object, RegExp | undefined][] = [
      [host({ NetworkMode: 'shop_default' }), undefined],
      [host({ NetworkMode: 'bank_default' }), /use networks/u],
      [host({ NetworkMode: 'bridge' }), undefined],
      [host({ NetworkMode: 'container:web.1' }), undefined],
      [host({ NetworkMode: 'container:bank.1' }), /use containers "bank.1" of stack "bank"/u],
      [host({ PidMode: 'container:bank.1' }), /use containers/u],
      [host({ IpcMode: 'container:bank.1' }), /use containers/u],
      [host({ VolumesFrom: ['bank.1:ro'] }), /use containers/u],
      [host({ Links: ['bank.1:b'] }), /use containers/u],
      [host({ Binds: ['bank_data:/d:ro'] }), /use volumes/u],
      [host({ Binds: ['/etc:/etc', '/anonymous', 'brandnew:/d'] }), undefined],
      [
        host({ Mounts: [{ Type: 'volume', Source: 'shared' }] }),
        /use volumes "shared", which is of no stack/u,
      ],
      [
        { ...ofStack('shop'), NetworkingConfig: { EndpointsConfig: { bank_default: {} } } },
        /use networks "bank_default"/u,
      ],
    ];
    for (const [body, message] of cases) {
      const asked = request('create containers', { body: body as never });
      if (message === undefined) await allows(asked);
      else await refuses(asked, message);
    }
  });

  it('of the container, and use of the network, are needed to connect the two', async () => {
    const connect = (name: string, Container: string) =>
      request('connect networks', { name, body: { Container } });
    await allows(connect('shop_default', 'web.1'));
    await refuses(connect('bank_default', 'web.1'), /use networks "bank_default"/u);
    await refuses(connect('bank_default', 'bank.1'), /connect networks "bank_default" of stack "bank"/u);
  });

  it('of a stack list what the engine itself narrows to it', async () => {
    const shop = '{"label":{"com.docker.stack.namespace=shop":true}}';
    const list = (filters: string, what = 'list services') => request(what, { filters });
    await allows(list(shop));
    await allows(
      list('{"desired-state":["running"],"label":["com.docker.stack.namespace=shop"]}', 'list tasks'),
    );
    await allows(list('{"label":{"com.docker.compose.project=shop":true,"x":true}}', 'list containers'));
    const others = [
      '{"label":{"com.docker.stack.namespace=bank":true}}',
      '{"label":{"com.docker.compose.project=shop":true}}',
      '{"label":{"com.docker.stack.namespace=bank":true,"com.docker.stack.namespace=shop":true}}',
      '{"label":{"com.docker.stack.namespace=shop":true},"label":{}}',
      ' {"label":{"com.docker.stack.namespace=shop":true}}',
      '{"label":{"com.docker.stack.namespace=shop":false}}',
      '{"Label":{"com.docker.stack.namespace=shop":true}}',
      '{"label":"com.docker.stack.namespace=shop"}',
      '{"label":["com.docker.stack.namespace="]}',
      'null',
      '{',
    ];
    for (const filters of others) await refuses(list(filters), /list services/u);
    await refuses(list(shop, 'list nodes'), /list nodes/u);
    await refuses(
      { ...list(shop), query: new Map([['filters', [shop, '{}']]]) },
      /list services, which is of no stack/u,
    );
  });

  it('of a stack get what is everybody’s, and an honest "not found"', async () => {
    await allows(request('get system/info'));
    await allows(request('get networks', { name: 'shop_new' }));
    await refuses(request('delete networks', { name: 'shop_new' }), /delete networks/u);
    await refuses(
      request('get nodes', { name: 'n9' }),
      /get nodes/u,
      policyOf([{ ...bind('view', 'shop', user('alice')), role: { kind: 'Role', name: 'gone' } }]),
    );
  });

  it('name what they mean: patterns of names, parts of things, verbs', async () => {
    const deploy = (more: object, resources = 'services') =>
      policyOf([bind('r', undefined, user('alice'))], [role('r', 'get', resources, more)]);
    await allows(request('get services', { name: 'web' }), deploy({ resourceNames: ['we*'] }));
    await refuses(
      request('get services', { name: 'bank' }),
      /get services/u,
      deploy({ resourceNames: ['we*'] }),
    );
    await allows(request('get containers/logs', { name: 'bank.1' }), deploy({}, 'containers/*'));
    await refuses(
      request('get containers', { name: 'bank.1' }),
      /get containers/u,
      deploy({}, 'containers/*'),
    );
    await refuses(request('use breakglass'), /breakglass/u, deploy({}, '*'));
  });

  it('let nothing through when the engine does not tell whose a thing is', async () => {
    const broken = { ...things, container: () => Promise.reject(new Error('no answer')) };
    await assert.rejects(
      judgeRoles(request('stop containers', { name: 'x' }), shopEditor, broken),
      /no answer/u,
    );
  });
});

describe('what a workload takes from elsewhere', () => {
  const host = fc.record(
    {
      NetworkMode: fc.constantFrom(
        'bridge',
        'shop_default',
        'bank_default',
        'container:bank.1',
        'container:web.1',
      ),
      PidMode: fc.constantFrom('', 'host', 'container:bank.1', 'container:web.1'),
      VolumesFrom: fc.array(fc.constantFrom('web.1', 'bank.1:ro'), { maxLength: 2 }),
      Binds: fc.array(fc.constantFrom('/etc:/x', 'shop_data:/d', 'bank_data:/d', 'shared:/s'), {
        maxLength: 2,
      }),
    },
    { requiredKeys: [] },
  );
  const inShop = fc.subarray(['create containers', 'use networks', 'use volumes', 'use containers']);

  it('is refused to a stack’s own people whenever it is another stack’s, and allowed when nothing is', async () => {
    await fc.assert(
      fc.asyncProperty(host, inShop, async (config, rules) => {
        const mine = role('mine', 'create', 'containers');
        const more = rules.map((rule, at) =>
          role(`r${at}`, rule.split(' ')[0] ?? '', rule.split(' ')[1] ?? ''),
        );
        const all = [mine, ...more];
        const policy = policyOf(
          all.map(({ name }) => bind(name, 'shop', user('alice'))),
          all,
        );
        const asked = request('create containers', {
          body: { ...ofStack('shop'), HostConfig: config as never },
        });
        const foreign = /bank|shared/u.test(JSON.stringify(config));
        assert.equal((await refused(asked, policy)).length > 0, foreign, JSON.stringify(config));
      }),
    );
  });
});
